package domain

import (
	"slices"
	"strings"
)

// Frequency is how often 4.0 wants a topic (or, within a pool, the pool) to be taught.
type Frequency string

// The frequencies of 4.0.
const (
	OnceOnArrival Frequency = "on_arrival"  // 4.1, before going on post
	Weekly        Frequency = "weekly"      // 4.2.1
	Fortnightly   Frequency = "fortnightly" // 4.2.2: DraftingPolicy.FortnightTimes sessions from the pool
	Monthly       Frequency = "monthly"     // 4.2.3, 4.2.4
	TwoMonthly    Frequency = "two_monthly" // 4.3, calendar pairs of months
	Quarterly     Frequency = "quarterly"   // 4.4
)

// Frequencies lists the frequencies from the most to the least often.
func Frequencies() []Frequency {
	return []Frequency{OnceOnArrival, Weekly, Fortnightly, Monthly, TwoMonthly, Quarterly}
}

// Chinese gives the frequency as the procedure says it.
func (f Frequency) Chinese() string {
	switch f {
	case OnceOnArrival:
		return "上岗前"
	case Weekly:
		return "每周一次"
	case Fortnightly:
		return "每两周轮流"
	case Monthly:
		return "每月一次"
	case TwoMonthly:
		return "每两月一次"
	case Quarterly:
		return "每季度一次"
	}
	return string(f)
}

// The categories of 4.0.
const (
	Orientation = "岗前培训"   // 4.1
	Regular     = "常规培训"   // 4.2
	Drill       = "军体培训"   // 4.3
	FireSafety  = "消防知识培训" // 4.4
)

// Topic is one line of 4.0: what is taught, under which clause, how often and by whom. It is data:
// an office may replace the whole list in its policy file.
type Topic struct {
	ID        string    `yaml:"id"`   // stable name, lower case
	Name      string    `yaml:"name"` // as it is printed
	Aliases   []string  `yaml:"aliases,omitempty,flow"`
	Clause    string    `yaml:"clause"`
	Category  string    `yaml:"category"`
	Every     Frequency `yaml:"every"`
	Pool      string    `yaml:"pool,omitempty"`  // topics of one pool take turns; required but for weekly and monthly topics
	Lecturers []Role    `yaml:"lecturers,flow"`  // in order of preference
	Hours     int       `yaml:"hours,omitempty"` // class hours of an orientation topic's block (4.1)
}

// DefaultCurriculum gives 4.0 with the readings of open points 1, 3, 4, 5, 6, 18 and the typing
// errors of the source corrected (open point 20).
func DefaultCurriculum() []Topic {
	regular := []Role{Supervisor, Coach, SafetyOfficer}
	safety := []Role{SafetyOfficer, Supervisor, Coach}
	topic := func(clause, category string, every Frequency, pool string, by []Role, id, name string, aliases ...string) Topic {
		return Topic{ID: id, Name: name, Aliases: aliases, Clause: clause, Category: category, Every: every, Pool: pool, Lecturers: slices.Clone(by)}
	}
	arrival := func(pool string, hours int, by Role, id, name string, aliases ...string) Topic {
		t := topic("4.1", Orientation, OnceOnArrival, pool, []Role{by}, id, name, aliases...)
		t.Hours = hours
		return t
	}
	return []Topic{
		arrival("orientation_company", 8, Supervisor, "company", "公司简介", "公司介绍"),
		arrival("orientation_company", 8, Supervisor, "department", "部门简介", "部门介绍"),
		arrival("orientation_company", 8, Supervisor, "post_guide", "岗位指导书"),
		arrival("orientation_service", 8, Supervisor, "safety_awareness", "安全意识"),
		arrival("orientation_service", 8, Supervisor, "new_service_awareness", "服务意识（岗前）", "岗前服务意识"),
		arrival("orientation_service", 8, Supervisor, "property_basics", "物业管理基本知识", "物业基本知识"),
		arrival("orientation_practice", 24, Coach, "practice", "其他有关知识和岗位实习", "岗位实习", "跟岗", "实习"),

		topic("4.2.1", Regular, Weekly, "", regular, "service_awareness", "服务意识（业主识别）", "服务意识", "业主识别"),
		topic("4.2.1", Regular, Weekly, "", regular, "duties", "客服人员岗位职责", "岗位职责"),

		topic("4.2.2", Regular, Fortnightly, "skills", regular, "standards", "岗位操作标准", "岗位技能", "操作标准"),
		topic("4.2.2", Regular, Fortnightly, "skills", regular, "complaints", "业户投诉处理流程及回复", "投诉处理", "投诉处理及回复", "投诉"),
		topic("4.2.2", Regular, Fortnightly, "skills", regular, "service_skills", "客户服务技巧与心理", "服务技巧"),
		topic("4.2.2", Regular, Fortnightly, "skills", regular, "communication", "如何与业主沟通", "业主沟通", "沟通"),
		topic("4.2.2", Regular, Fortnightly, "skills", regular, "reception", "客服接待流程及礼仪", "接待礼仪", "接待流程", "礼仪"),
		topic("4.2.2", Regular, Fortnightly, "skills", regular, "service_rules", "客户服务规程、标准", "服务规程", "服务标准"),

		topic("4.2.3", Regular, Monthly, "", regular, "case_study", "案例分析研讨", "案例分析", "案例"),
		topic("4.2.3", Regular, Monthly, "", regular, "social_psychology", "社会心理学", "心理学"),
		topic("4.2.3", Regular, Monthly, "", regular, "emergencies", "突发事件的处理", "突发事件", "突发事件处理"),
		topic("4.2.4", Regular, Monthly, "", regular, "coordination", "岗位协调配合", "协调配合"),
		topic("4.2.4", Regular, Monthly, "", safety, "safety_fire", "安全、消防知识", "安全消防", "安全消防知识"),
		topic("4.2.4", Regular, Monthly, "", regular, "property_knowledge", "物业管理知识", "物业知识"),

		topic("4.3", Drill, TwoMonthly, "drill", []Role{DrillLeader, Supervisor}, "formation", "队列动作", "军体", "队列", "军体培训"),
		topic("4.3", Drill, TwoMonthly, "drill", []Role{DrillLeader, Supervisor}, "fitness", "体能", "体能训练"),

		topic("4.4", FireSafety, Quarterly, "fire", []Role{SafetyOfficer}, "fire_extinguishers", "灭火器的使用", "灭火器", "消防", "消防培训"),
		topic("4.4", FireSafety, Quarterly, "fire", []Role{SafetyOfficer}, "fire_systems", "消防设施的工作原理和日常检查", "消防设施", "烟感", "喷淋"),
		topic("4.4", FireSafety, Quarterly, "fire", []Role{SafetyOfficer}, "fire_escape", "火场逃生、人流疏散和火警处理", "火场逃生", "疏散", "火警处理"),
	}
}

// Topic finds a topic by its id.
func (p Policy) Topic(id string) (Topic, bool) {
	i := slices.IndexFunc(p.Curriculum, func(t Topic) bool { return t.ID == id })
	if i < 0 {
		return Topic{}, false
	}
	return p.Curriculum[i], true
}

// FindTopics gives the topics a person may mean: the one whose id, name or alias is said, else
// those whose name or alias contains what was said, in the order of 4.0. Brackets, spaces,
// punctuation and the case of letters do not count. None: nothing fits; several: ask back.
func (p Policy) FindTopics(said string) []Topic {
	want := bare(said)
	if want == "" {
		return nil
	}
	var exact, near []Topic
	for _, t := range p.Curriculum {
		names := append([]string{t.ID, t.Name}, t.Aliases...)
		same := slices.ContainsFunc(names, func(n string) bool { return bare(n) == want })
		part := slices.ContainsFunc(names[1:], func(n string) bool { return strings.Contains(bare(n), want) })
		switch {
		case same:
			exact = append(exact, t)
		case part:
			near = append(near, t)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return near
}

// bare strips what does not distinguish names of topics.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" 　\t()（）、，,。.·“”\"和及与的", r) {
			return -1
		}
		if r >= 'A' && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, s)
}
