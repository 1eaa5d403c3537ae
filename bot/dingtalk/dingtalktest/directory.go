package dingtalktest

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func (m *Member) record() map[string]any {
	leader := []map[string]any{}
	for _, d := range m.Departments {
		leader = append(leader, map[string]any{"dept_id": d, "leader": false})
	}
	out := map[string]any{
		"userid": m.UserID, "unionid": m.UnionID, "name": m.Name, "avatar": "", "title": "", "job_number": "", "active": true, "admin": m.Admin,
		"boss": false, "senior": false, "dept_id_list": m.Departments, "leader_in_dept": leader, "role_list": []any{}, "extension": "{}",
	}
	if m.Manager != "" {
		out["manager_userid"] = m.Manager
	}
	return out
}

// userGet is /topapi/v2/user/get (document 0056).
func (s *Server) userGet(_ *http.Request, body []byte) answer {
	var b struct {
		UserID   string `json:"userid"`
		Language string
	}
	if s.decode("user/get", body, &b) != nil || b.UserID == "" {
		return fail(400002, "参数错误: userid")
	}
	m := s.members[b.UserID]
	if m == nil || m.Hidden {
		return fail(60121, "找不到该用户")
	}
	return fine(map[string]any{"result": m.record()})
}

// userByMobile is /topapi/v2/user/getbymobile (document 0063).
func (s *Server) userByMobile(_ *http.Request, body []byte) answer {
	var b struct {
		Mobile           string
		SupportExclusive bool `json:"support_exclusive_account_search"`
	}
	if s.decode("user/getbymobile", body, &b) != nil || b.Mobile == "" {
		return fail(40104, "手机号码非法")
	}
	for _, m := range s.members {
		if m.Mobile == b.Mobile && !m.Hidden {
			return fine(map[string]any{"result": map[string]any{"userid": m.UserID}})
		}
	}
	return fail(60121, "找不到该用户")
}

type loginCode struct {
	user    string
	expires time.Time
}

// LoginCode is a person opening a page of the app: the code of requestAuthCode, good once and for five
// minutes.
func (s *Server) LoginCode(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	code := digest(user + newKey())[:32]
	s.loginCodes[code] = &loginCode{user, s.now().Add(5 * time.Minute)}
	return code
}

// userByCode is /topapi/v2/user/getuserinfo (document 0024).
func (s *Server) userByCode(_ *http.Request, body []byte) answer {
	var b struct{ Code string }
	if s.decode("user/getuserinfo", body, &b) != nil || b.Code == "" {
		return fail(400002, "参数错误: code")
	}
	c := s.loginCodes[b.Code]
	delete(s.loginCodes, b.Code)
	switch {
	case c == nil || s.members[c.user] == nil:
		return fail(40078, "不存在的临时授权码")
	case !s.now().Before(c.expires):
		return fail(40102, "临时授权码已过期")
	}
	m := s.members[c.user]
	level := 0
	if m.Admin {
		level = 1
	}
	return fine(map[string]any{"result": map[string]any{
		"userid": m.UserID, "unionid": m.UnionID, "associated_unionid": m.UnionID, "name": m.Name, "sys": m.Admin, "sys_level": level, "device_id": "d1",
	}})
}

// inDepartment are the visible members of a department, ordered by id.
func (s *Server) inDepartment(id int) []*Member {
	var out []*Member
	for _, user := range sortedKeys(s.members) {
		if m := s.members[user]; !m.Hidden && slices.Contains(m.Departments, id) {
			out = append(out, m)
		}
	}
	return out
}

func (s *Server) isDepartment(id int) bool {
	return slices.ContainsFunc(s.departments, func(d Department) bool { return d.ID == id })
}

// userListID is /topapi/user/listid (document 0065).
func (s *Server) userListID(_ *http.Request, body []byte) answer {
	var b struct {
		DeptID int `json:"dept_id"`
	}
	if s.decode("user/listid", body, &b) != nil || !s.isDepartment(b.DeptID) {
		return fail(60003, "部门不存在")
	}
	ids := []string{}
	for _, m := range s.inDepartment(b.DeptID) {
		ids = append(ids, m.UserID)
	}
	return fine(map[string]any{"result": map[string]any{"userid_list": ids}})
}

// userList is /topapi/v2/user/list: the members of a department, by pages.
func (s *Server) userList(_ *http.Request, body []byte) answer {
	var b struct {
		DeptID       int `json:"dept_id"`
		Cursor, Size int
		OrderField   string `json:"order_field"`
		Limited      bool   `json:"contain_access_limit"`
		Language     string
	}
	if s.decode("user/list", body, &b) != nil || b.Size < 1 || b.Size > 100 || b.Cursor < 0 {
		return fail(400002, "参数错误: size")
	}
	if !s.isDepartment(b.DeptID) {
		return fail(60003, "部门不存在")
	}
	all := s.inDepartment(b.DeptID)
	from := min(b.Cursor, len(all))
	to := min(from+b.Size, len(all))
	list := []map[string]any{}
	for _, m := range all[from:to] {
		list = append(list, m.record())
	}
	result := map[string]any{"has_more": to < len(all), "list": list}
	if to < len(all) {
		result["next_cursor"] = to
	}
	return fine(map[string]any{"result": result})
}

// departmentListSub is /topapi/v2/department/listsub: the departments right below one.
func (s *Server) departmentListSub(_ *http.Request, body []byte) answer {
	var b struct {
		DeptID   int `json:"dept_id"`
		Language string
	}
	if s.decode("department/listsub", body, &b) != nil {
		return fail(400002, "参数错误: dept_id")
	}
	b.DeptID = cmp.Or(b.DeptID, 1)
	if !s.isDepartment(b.DeptID) {
		return fail(60003, "部门不存在")
	}
	list := []map[string]any{}
	for _, d := range s.departments {
		if d.Parent == b.DeptID {
			list = append(list, map[string]any{"dept_id": d.ID, "name": d.Name, "parent_id": d.Parent, "auto_add_user": false, "create_dept_group": false})
		}
	}
	return fine(map[string]any{"result": list})
}

// workNotice is the 工作通知 (document 0769): what says the same to the same person again on one day is
// accepted and not shown.
func (s *Server) workNotice(_ *http.Request, body []byte) answer {
	var b struct {
		AgentID any    `json:"agent_id"`
		Users   string `json:"userid_list"`
		Depts   string `json:"dept_id_list"`
		ToAll   bool   `json:"to_all_user"`
		Msg     webhookBody
	}
	if s.decode("asyncsend_v2", body, &b) != nil || b.AgentID == nil {
		return fail(400002, "参数错误")
	}
	users := strings.Split(b.Users, ",")
	if b.Users == "" || len(users) > 100 {
		return fail(400002, "参数错误: userid_list")
	}
	what, err := b.Msg.shown(s, "asyncsend_v2")
	if err == nil && what.Card != nil {
		err = fmt.Errorf("%w: a card there is called action_card and looks otherwise", errWebhook)
	}
	if err != nil {
		return fail(400002, err.Error())
	}
	a := answer{}
	kept := Accepted{MsgID: newKey(), Body: slices.Clone(body)}
	for _, id := range users {
		switch m := s.members[id]; {
		case m == nil || m.Hidden:
			kept.Invalid = append(kept.Invalid, id)
		case slices.ContainsFunc(s.phones.Inbox(id), func(x Shown) bool { return !x.Own && x.Text == what.Text && sameDay(x.At, s.now()) }):
			kept.Dropped = append(kept.Dropped, id)
		default:
			_, change := s.put(id, what)
			kept.Users = append(kept.Users, id)
			a.shown = append(a.shown, change)
		}
	}
	s.record(kept)
	a.body = fine(map[string]any{"task_id": s.phones.Next()}).body
	return a
}

func sameDay(a, b time.Time) bool {
	zone := time.FixedZone("CST", 8*3600)
	return a.In(zone).Format(time.DateOnly) == b.In(zone).Format(time.DateOnly)
}

// Media is an uploaded file.
type Media struct {
	Name  string
	Type  string
	Bytes []byte
}

// Media gives an uploaded file.
func (s *Server) Media(id string) (Media, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, found := s.media[id]
	return m, found
}

// mediaTypes are the kinds of files with their endings and sizes (document 0646).
func mediaTypes() map[string]struct {
	endings string
	most    int
} {
	return map[string]struct {
		endings string
		most    int
	}{
		"image": {".jpg.gif.png.bmp", 20 << 20}, "voice": {".amr.mp3.wav", 2 << 20}, "video": {".mp4", 20 << 20},
		"file": {".doc.docx.xls.xlsx.ppt.pptx.zip.pdf.rar", 20 << 20},
	}
}

func (s *Server) mediaUpload(r *http.Request, raw []byte) answer {
	kind := r.URL.Query().Get("type")
	rule, known := mediaTypes()[kind]
	if !known {
		return fail(40004, "不合法的媒体文件类型")
	}
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return fail(40035, "缺少参数 media")
	}
	part, err := multipart.NewReader(bytes.NewReader(raw), params["boundary"]).NextRawPart()
	if err != nil || part.FormName() != "media" {
		return fail(40035, "缺少参数 media")
	}
	content, err := io.ReadAll(part)
	if err != nil || len(content) == 0 || len(content) > rule.most {
		return fail(40006, "不合法的文件大小")
	}
	_, disposition, _ := mime.ParseMediaType(part.Header.Get("Content-Disposition")) // a bad one has no name
	name := disposition["filename"]
	if ending := strings.ToLower(filepath.Ext(name)); ending == "" || !slices.Contains(strings.Split(rule.endings, "."), ending[1:]) {
		return fail(40005, "不合法的文件类型")
	}
	id := "@lAz" + digest(newKey())[:20]
	s.media[id] = Media{Name: name, Type: kind, Bytes: content}
	return fine(map[string]any{"media_id": id, "created_at": s.now().UnixMilli(), "type": kind})
}

// download tells where a file that somebody sent to the robot can be had (document 0719).
func (s *Server) download(_ *http.Request, body []byte) answer {
	var b struct{ DownloadCode, RobotCode string }
	if s.decode("messageFiles/download", body, &b) != nil {
		return refuse(http.StatusBadRequest, "invalidParameter", "the body does not have the documented form")
	}
	if a := s.checkRobot(b.RobotCode); a != nil {
		return *a
	}
	if b.DownloadCode == "" {
		return refuse(http.StatusBadRequest, "invalidParameter.robotCode.downloadCode", "no such code")
	}
	return ok(map[string]any{"downloadUrl": s.set.BaseURL + "/files/" + b.DownloadCode})
}

// file is what somebody sent to the robot.
func (s *Server) file(r *http.Request, _ []byte) answer {
	return answer{raw: &Media{Name: filepath.Base(r.URL.Path), Bytes: []byte("a file that was sent to the robot")}}
}
