package domain

import "time"

// GroupPlatform is the platform of messages to an office's group: their receiver is the office.
const GroupPlatform = "wecom_group"

// RobotKey is the secret of a group's robot. It prints as nothing of itself.
type RobotKey string

// String hides the key.
func (RobotKey) String() string { return "（已隐藏）" }

// GoString hides the key.
func (RobotKey) GoString() string { return "（已隐藏）" }

// GroupRobot is the robot of an office's group: what is for everybody is said there too.
type GroupRobot struct {
	Office  OfficeID
	Key     RobotKey // "": taken away
	By      PersonID
	At      time.Time
	Version int64
}

// BindGroup binds a robot to the group of the office and has it say a first word; with an empty key it
// takes the robot away. The key is in the record alone.
func (s SOP) BindGroup(c Case, r GroupRobot, key RobotKey) (Change, error) {
	if err := s.may(c, Administrator, "3.0", "绑定群"); err != nil {
		return Change{}, err
	}
	if key == "" && r.Key == "" {
		return Change{}, Refuse(Conflict, "3.0", c.Office.Name+"还没有绑定群，不用解绑。")
	}
	r.Office, r.Key, r.By, r.At = c.Office.ID, key, c.By.ID, c.Now
	text := c.Office.Name + "的群已绑定。"
	if key == "" {
		text = c.Office.Name + "的群已解绑，以后只发私信。"
	}
	out := Change{
		Robots: []GroupRobot{r},
		Audit:  []Audit{c.audit("group.bind", c.Office.Name, "3.0", text)},
		Reply:  Answer{Body: Say(text)},
	}
	if key != "" {
		once := "group:" + string(c.Office.ID) + ":" + c.Now.UTC().Format(time.RFC3339Nano)
		out.Notices = []Notice{{Key: once, Thread: once, Office: c.Office.ID, Stage: "group", Clause: "3.0", At: c.Now, Group: true, Urgent: true,
			Body: Say("培训助手已绑定到本群：计划批准、考核窗口等大家都要知道的事会在这里说一声，个人的事仍发私信。")}}
		out.Reply = Answer{Body: Say(text + "刚往群里发了一条，没看到就核对地址再绑一次；解绑发「群绑定 解绑」。")}
	}
	return out, nil
}
