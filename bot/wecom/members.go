package wecom

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/silenceper/wechat/v2/work"
	"github.com/silenceper/wechat/v2/work/addresslist"

	"trainingbot/bot/link"
)

// Member is one person in the app's visible range.
type Member struct {
	UserID string // in lower case, as in domain.Handle
	Name   string // 姓名; empty when the platform does not tell
}

const (
	pathAgent = "/cgi-bin/agent/get"
	pathIPs   = "/cgi-bin/getcallbackip"
)

// visible is the app's visible range (document 90227).
type visible struct {
	Name  string `json:"name"`
	Close int    `json:"close"`
	Users struct {
		User []struct {
			UserID string `json:"userid"`
		} `json:"user"`
	} `json:"allow_userinfos"`
	Departments struct {
		ID []int `json:"partyid"`
	} `json:"allow_partys"`
	Tags struct {
		ID []int `json:"tagid"`
	} `json:"allow_tags"`
}

func (p *Platform) visible(ctx context.Context) (visible, error) {
	var v visible
	q := url.Values{"agentid": {strconv.FormatInt(p.cfg.AgentID, 10)}}
	err := p.client.call(ctx, request{op: "agent/get", method: http.MethodGet, path: pathAgent, query: q}, &v)
	return v, err
}

// Members lists the people in the app's visible range: those named one by one, those of its
// departments and the departments below, those of its tags; each once, ordered by UserID. It makes
// one call per department and tag. Errors are *chat.SendError.
func (p *Platform) Members(ctx context.Context) ([]Member, error) {
	v, err := p.visible(ctx)
	if err != nil {
		return nil, err
	}
	found := map[string]string{} // user id to name
	err = p.library(ctx, func(w *work.Work) error {
		book := w.GetAddressList()
		roots := v.Departments.ID
		for _, id := range v.Tags.ID {
			tag, err := book.GetTag(id)
			if err != nil {
				return err
			}
			for _, u := range tag.UserList {
				found[strings.ToLower(u.UserID)] = u.Name
			}
			roots = append(roots, tag.PartyList...)
		}
		if err := addDepartments(book, roots, found); err != nil {
			return err
		}
		for _, u := range v.Users.User {
			if _, ok := found[strings.ToLower(u.UserID)]; ok || !plainUser(u.UserID) {
				continue
			}
			one, err := book.UserGet(u.UserID)
			if err != nil {
				return err
			}
			found[strings.ToLower(u.UserID)] = one.Name
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	members := make([]Member, 0, len(found))
	for _, id := range slices.Sorted(maps.Keys(found)) {
		members = append(members, Member{id, found[id]})
	}
	return members, nil
}

// addDepartments finds the people of departments and of all departments below them.
func addDepartments(book *addresslist.Client, roots []int, found map[string]string) error {
	all := map[int]bool{}
	for _, id := range roots {
		if all[id] {
			continue
		}
		all[id] = true
		list, err := book.DepartmentListByID(id)
		if err != nil {
			return err
		}
		for _, d := range list {
			all[d.ID] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		list, err := book.UserSimpleList(id)
		if err != nil {
			return err
		}
		for _, u := range list {
			found[strings.ToLower(u.UserID)] = u.Name
		}
	}
	return nil
}

// UploadFile puts a file where the app's messages can refer to it for three days, and gives its
// media id (document 90253). The name is what people see; it has no path. At most 20 MB, more than
// 5 bytes. Errors are *chat.SendError.
func (p *Platform) UploadFile(ctx context.Context, name string, content io.Reader) (mediaID string, err error) {
	name = strings.NewReplacer("/", "_", "\\", "_", ":", "_", "\"", "_").Replace(link.Line(name))
	err = p.library(ctx, func(w *work.Work) error {
		got, err := w.GetMaterial().UploadTempFileFromReader(name, "file", content)
		if err != nil {
			return err
		}
		mediaID = got.MediaID
		return nil
	})
	return mediaID, err
}
