package wecomtest

import (
	"crypto/rand"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"bytes"
)

// agentGet is agent/get: the app's visible range. It names the visible members one by one.
func (s *Server) agentGet(r *http.Request, _ []byte) (answer, []event) {
	if r.URL.Query().Get("agentid") != strconv.FormatInt(s.set.AgentID, 10) {
		return fail(301002), nil
	}
	var users []map[string]string
	for _, low := range slices.Sorted(maps.Keys(s.members)) {
		if m := s.members[low]; !m.Hidden && !s.inVisibleDepartment(m) {
			users = append(users, map[string]string{"userid": m.UserID})
		}
	}
	departments := []int{}
	for _, d := range s.departments {
		if d.Parent == 1 {
			departments = append(departments, d.ID)
		}
	}
	return answer{fields: map[string]any{
		"agentid": s.set.AgentID, "name": "培训助手", "close": 0, "redirect_domain": "", "isreportenter": 0,
		"allow_userinfos": map[string]any{"user": users},
		"allow_partys":    map[string]any{"partyid": departments},
		"allow_tags":      map[string]any{"tagid": slices.Sorted(maps.Keys(s.tags))},
	}}, nil
}

// inVisibleDepartment says whether a member is visible through a department: all below the root are.
func (s *Server) inVisibleDepartment(m *Member) bool {
	return slices.ContainsFunc(m.Departments, func(id int) bool { return id != 1 })
}

func (s *Server) callbackIPs(*http.Request, []byte) (answer, []event) {
	return answer{fields: map[string]any{"ip_list": []string{"127.0.0.1", "101.226.103.*"}}}, nil
}

func (m *Member) record() map[string]any {
	// Apps made since 2022-06-20 see neither mobile nor mail, avatar or gender.
	return map[string]any{
		"userid": m.UserID, "name": m.Name, "department": m.Departments, "main_department": m.Departments[0],
		"status": 1, "position": "", "is_leader_in_dept": make([]int, len(m.Departments)), "direct_leader": []string{},
	}
}

func (s *Server) userGet(r *http.Request, _ []byte) (answer, []event) {
	m := s.members[strings.ToLower(r.URL.Query().Get("userid"))]
	switch {
	case m == nil:
		return fail(60111), nil
	case m.Hidden:
		return fail(60011), nil
	}
	return answer{fields: m.record()}, nil
}

// userList is user/list and user/simplelist, which has fewer fields and is not told apart here.
func (s *Server) userList(r *http.Request, _ []byte) (answer, []event) {
	id, err := strconv.Atoi(r.URL.Query().Get("department_id"))
	if err != nil || !slices.ContainsFunc(s.departments, func(d Department) bool { return d.ID == id }) {
		return fail(60123), nil
	}
	list := []map[string]any{}
	for _, low := range slices.Sorted(maps.Keys(s.members)) {
		if m := s.members[low]; !m.Hidden && slices.Contains(m.Departments, id) {
			list = append(list, m.record())
		}
	}
	return answer{fields: map[string]any{"userlist": list}}, nil
}

// userListID is for the secret of the contact assistant only.
func (s *Server) userListID(*http.Request, []byte) (answer, []event) { return fail(48002), nil }

// departmentList gives a department and all below it.
func (s *Server) departmentList(r *http.Request, _ []byte) (answer, []event) {
	root := 1
	if t := r.URL.Query().Get("id"); t != "" {
		var err error
		if root, err = strconv.Atoi(t); err != nil {
			return fail(40035), nil
		}
	}
	in := map[int]bool{root: true}
	list := []map[string]any{}
	for range s.departments { // as often as the deepest could be
		for _, d := range s.departments {
			in[d.ID] = in[d.ID] || in[d.Parent]
		}
	}
	for i, d := range s.departments {
		if in[d.ID] {
			list = append(list, map[string]any{"id": d.ID, "name": d.Name, "parentid": d.Parent, "order": i, "department_leader": []string{}})
		}
	}
	if len(list) == 0 {
		return fail(60123), nil
	}
	return answer{fields: map[string]any{"department": list}}, nil
}

func (s *Server) tagGet(r *http.Request, _ []byte) (answer, []event) {
	id, _ := strconv.Atoi(r.URL.Query().Get("tagid"))
	users, ok := s.tags[id]
	if !ok {
		return fail(40068), nil
	}
	list := []map[string]string{}
	for _, u := range users {
		if m := s.members[strings.ToLower(u)]; m != nil {
			list = append(list, map[string]string{"userid": m.UserID, "name": m.Name})
		}
	}
	return answer{fields: map[string]any{"tagname": "", "userlist": list, "partylist": []int{}}}, nil
}

// Media is an uploaded file.
type Media struct {
	Name    string
	Type    string
	Bytes   []byte
	expires time.Time
}

// Media gives an uploaded file.
func (s *Server) Media(id string) (Media, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.media[id]
	return m, ok
}

func (s *Server) mediaUpload(r *http.Request, raw []byte) (answer, []event) {
	kind := r.URL.Query().Get("type")
	if !slices.Contains([]string{"file", "image", "voice", "video"}, kind) {
		return fail(40004), nil
	}
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return fail(40035), nil
	}
	part, err := multipart.NewReader(bytes.NewReader(raw), params["boundary"]).NextRawPart()
	if err != nil || part.FormName() != "media" {
		return fail(41005), nil
	}
	content, err := io.ReadAll(part)
	switch {
	case err != nil:
		return fail(40035), nil
	case len(content) <= 5:
		return fail(44001), nil
	case len(content) > 20<<20:
		return fail(45001), nil
	}
	_, disposition, _ := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	name := disposition["filename"]
	if name == "" || strings.ContainsAny(name, `/\:`) {
		s.problem("media/upload: file name %q", name)
	}
	id := "media-" + rand.Text()
	s.media[id] = Media{Name: name, Type: kind, Bytes: content, expires: s.now().Add(72 * time.Hour)}
	return answer{fields: map[string]any{
		"type": kind, "media_id": id, "created_at": strconv.FormatInt(s.now().Unix(), 10), // a string, on the wire
	}}, nil
}

func (s *Server) mediaGet(r *http.Request, _ []byte) (answer, []event) {
	m, ok := s.media[r.URL.Query().Get("media_id")]
	if !ok || !s.now().Before(m.expires) {
		return fail(40007), nil
	}
	return answer{raw: &m}, nil
}
