package domain

import (
	"fmt"
	"strings"
	"time"
)

// Undelivered is the notice that a message did not reach people: to the office's administrators,
// or to its supervisors where there is none (mission E17). It gives false when everyone was
// reached, or when the message was such a notice itself, so that no loop can start. Nothing is said of
// a card that could not be brought up to date: pressed, it answers with the truth.
func (s SOP) Undelivered(f Facts, d Delivery, o Outcome, now time.Time) (Notice, bool) {
	const prefix = "undelivered:"
	if d.Update != nil || strings.HasPrefix(d.Key, prefix) || (o.Fate != Dead && len(o.Receipt.Failed) == 0) {
		return Notice{}, false
	}
	today := s.Calendar.Date(now)
	to := f.Staff.With(f.Office.ID, Administrator, today)
	if len(to) == 0 {
		to = f.Staff.With(f.Office.ID, Supervisor, today)
	}
	if len(to) == 0 {
		return Notice{}, false
	}
	missed, reason := d.To, o.Reason
	if o.Fate != Dead {
		missed = nil
		for _, x := range o.Receipt.Failed {
			missed, reason = append(missed, x.User), x.Reason
		}
	}
	names := make([]string, 0, len(missed))
	for _, user := range missed {
		names = append(names, f.Staff.called(Handle{d.Platform, user}))
	}
	title := []rune(strings.SplitN(d.Body.Text, "\n", 2)[0])
	if len(title) > 40 {
		title = append(title[:40], '…')
	}
	return Notice{
		Key: prefix + d.ID, Thread: prefix + d.ID, Office: f.Office.ID, Stage: "undelivered", At: now, To: IDs(to),
		Body: Say(fmt.Sprintf("未送达：%s 没有收到「%s」。原因：%s。请当面告诉本人，并检查应用可见范围和名单里的平台账号（在服务器上运行 trainingbot outbox list 看全部）。",
			strings.Join(names, "、"), string(title), reason)),
		Why: "消息没有送到本人时，要让管理员知道，不能悄悄丢掉。",
	}, true
}

// called gives the name of whoever has the handle, or the handle itself.
func (s Staff) called(h Handle) string {
	if h.Platform == GroupPlatform {
		return "管理处的群"
	}
	for _, p := range s {
		for _, x := range p.Handles {
			if x.Platform == h.Platform && strings.EqualFold(x.User, h.User) { // platforms give ids back in lower case
				return s.Name(p.ID)
			}
		}
	}
	return h.User
}
