package domain

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ChoiceID names one decision of an administrator on an open point of the source.
type ChoiceID string

// Choice is what an administrator decided in chat on one open point of the source (mission section
// 1): its values replace those of the policy file. Choices are appended to; of a point the newest
// counts, and one that is Undone puts the point back to what the policy file says, unconfirmed.
type Choice struct {
	ID     ChoiceID
	Point  int               // OpenPoint.No
	Values map[string]string // key of the policy file to value, as the policy file writes it; none: the reading as it stands
	Office OfficeID          // from where it was said; it holds for the whole installation
	By     PersonID
	Name   string // of By, as it was then
	At     time.Time
	Undone bool
}

// Choose gives the policy with the choices in force put over it, and which these are, by point. A
// choice that this version of the program does not allow any more is left out and told in the error.
func (p Policy) Choose(all []Choice) (Policy, []Choice, error) {
	newest := map[int]Choice{}
	for _, c := range all {
		if old, ok := newest[c.Point]; !ok || !c.At.Before(old.At) {
			newest[c.Point] = c
		}
	}
	var points []int
	for n, c := range newest {
		if !c.Undone {
			points = append(points, n)
		}
	}
	slices.Sort(points)
	var in []Choice
	var bad []string
	for _, n := range points {
		next, err := p.with(newest[n])
		if err != nil {
			bad = append(bad, fmt.Sprintf("open point %d: %v", n, err))
			continue
		}
		p = next
		in = append(in, newest[n])
	}
	if len(bad) > 0 {
		return p, in, fmt.Errorf("confirmed in chat: %s", strings.Join(bad, "; "))
	}
	return p, in, nil
}

// with puts one choice over the policy and checks the whole of it.
func (p Policy) with(c Choice) (Policy, error) {
	if c.Point < 1 || c.Point > len(openPoints()) {
		return p, fmt.Errorf("no open point %d", c.Point)
	}
	keys := make([]string, 0, len(c.Values))
	for k := range c.Values {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	p.Confirmed = slices.Clone(p.Confirmed)
	for _, k := range keys {
		if err := p.set(k, c.Values[k]); err != nil {
			return p, fmt.Errorf("%s: %w", k, err)
		}
	}
	if !slices.Contains(p.Confirmed, c.Point) {
		p.Confirmed = append(p.Confirmed, c.Point)
		slices.Sort(p.Confirmed)
	}
	return p, p.Validate()
}

// set changes one number of the policy by its key.
func (p *Policy) set(key, value string) error {
	v := reflect.ValueOf(p).Elem()
	for name := range strings.SplitSeq(key, ".") {
		i := -1
		if v.Kind() == reflect.Struct {
			i = slices.IndexFunc(reflect.VisibleFields(v.Type()), func(f reflect.StructField) bool { return f.Tag.Get("yaml") == name })
		}
		if i < 0 {
			return fmt.Errorf("no such key")
		}
		v = v.Field(i)
	}
	switch x := v.Addr().Interface().(type) {
	case *time.Duration:
		d, err := time.ParseDuration(value)
		if err != nil {
			return err
		}
		*x = d
	case encoding.TextUnmarshaler:
		return x.UnmarshalText([]byte(value))
	case *int:
		n, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("%q is no whole number", value)
		}
		*x = n
	case *string:
		*x = value
	default:
		return fmt.Errorf("is not changed in chat")
	}
	return nil
}

// Asked lists the numbers of an open point that only the office can know, in the order in which
// they are said: 规程 确认 16 30 100.
func (p Policy) Asked(point int) []Rule {
	return slices.DeleteFunc(p.Rules(), func(r Rule) bool { return r.OpenPoint != point || !r.Ask })
}

// Assumed marks a number of the policy, named by its key, that rests on an open point nobody has
// confirmed: 【暂按，待确认11】; "" where the source is clear or an administrator has confirmed the
// reading. It stands behind the number wherever people are shown it (mission section 1).
func (p Policy) Assumed(key string) string {
	for _, r := range p.Rules() {
		if r.Key == key && r.Confirm {
			return fmt.Sprintf("【暂按，待确认%d】", r.OpenPoint)
		}
	}
	return ""
}

// PassMarkText gives the personal pass mark with its mark: 合格线80分【暂按，待确认11】 (5.4.1).
func (p Policy) PassMarkText() string {
	return fmt.Sprintf("合格线%d分%s", p.Assessment.PassMark, p.Assumed("assessment.pass_mark"))
}

// Source says where a number of the policy comes from: the source text, the policy file, somebody
// who confirmed it and when, or that it is assumed.
func (s SOP) Source(r Rule) string {
	for _, c := range s.Chosen {
		if c.Point != r.OpenPoint || r.OpenPoint == 0 {
			continue
		}
		if _, ok := c.Values[r.Key]; ok {
			return fmt.Sprintf("%s于%s在聊天里确认", c.Name, s.Calendar.Date(c.At))
		}
		return fmt.Sprintf("%s于%s确认按这个理解", c.Name, s.Calendar.Date(c.At))
	}
	own := slices.ContainsFunc(DefaultPolicy().Rules(), func(d Rule) bool { return d.Key == r.Key && d.Value != r.Value })
	switch {
	case own && r.Confirm:
		return fmt.Sprintf("设置文件改过，第%d项还没有确认", r.OpenPoint)
	case own:
		return "设置文件改过"
	case r.Confirm:
		return fmt.Sprintf("原文没有写清，暂按（待确认%d）", r.OpenPoint)
	case r.OpenPoint > 0:
		return fmt.Sprintf("设置文件已确认第%d项", r.OpenPoint)
	}
	return "规程原文或程序的默认值"
}

// ConfirmPoint confirms an open point of the source: words are the values of Asked in their order, or
// none when the reading in force is right. The whole policy is checked with them.
func (s SOP) ConfirmPoint(c Case, id ChoiceID, point int, words []string) (Change, error) {
	if err := s.may(c, Administrator, "3.0", "确认规程的待确认项"); err != nil {
		return Change{}, err
	}
	if point < 1 || point > len(openPoints()) {
		return Change{}, Refuse(NotFound, "", fmt.Sprintf("没有第%d项。发「规程 待确认」看全部项目。", point))
	}
	x := s.Policy.OpenPoints()[point-1]
	asked := s.Policy.Asked(point)
	choice := Choice{ID: id, Point: point, Office: c.Office.ID, By: c.By.ID, Name: c.By.Name, At: c.Now}
	if len(words) > 0 {
		if len(words) != len(asked) {
			return Change{}, Refuse(Invalid, x.Clause, askedSentence(x, asked))
		}
		choice.Values = map[string]string{}
		for i, r := range asked {
			choice.Values[r.Key] = plainValue(words[i])
		}
	}
	next, err := s.Policy.with(choice)
	if err != nil {
		return Change{}, Refuse(Invalid, x.Clause, fmt.Sprintf("第%d项不能这样定：不是数值，或超出了允许的范围。%s", point, askedSentence(x, asked)))
	}
	said := make([]string, 0, len(asked))
	for _, r := range next.Asked(point) {
		said = append(said, r.Meaning+" "+PlainValue(r.Value))
	}
	text := fmt.Sprintf("第%d项（%s）已由%s确认：%s。", point, x.Clause, c.By.Name, x.Reading)
	if len(said) > 0 {
		text = fmt.Sprintf("第%d项（%s）已由%s确认：%s。", point, x.Clause, c.By.Name, strings.Join(said, "；"))
	}
	return Change{
		Choices: []Choice{choice},
		Audit:   []Audit{c.audit("policy.confirm", fmt.Sprintf("待确认%d", point), x.Clause, text)},
		Reply:   Answer{Body: Say(text + fmt.Sprintf("马上生效，不用重启；要退回「待确认」发「规程 恢复 %d」。%s", point, leftToConfirm(next)))},
	}, nil
}

// UndoPoint puts an open point back to what the policy file says.
func (s SOP) UndoPoint(c Case, id ChoiceID, point int) (Change, error) {
	if err := s.may(c, Administrator, "3.0", "改规程的待确认项"); err != nil {
		return Change{}, err
	}
	if !slices.ContainsFunc(s.Chosen, func(x Choice) bool { return x.Point == point }) {
		return Change{}, Refuse(Conflict, "", fmt.Sprintf("第%d项没有在聊天里确认过，不用恢复。", point))
	}
	text := fmt.Sprintf("第%d项由%s恢复为设置文件的数字，重新列为待确认。", point, c.By.Name)
	return Change{
		Choices: []Choice{{ID: id, Point: point, Office: c.Office.ID, By: c.By.ID, Name: c.By.Name, At: c.Now, Undone: true}},
		Audit:   []Audit{c.audit("policy.undo", fmt.Sprintf("待确认%d", point), s.Policy.OpenPoints()[point-1].Clause, text)},
		Reply:   Answer{Body: Say(text)},
	}, nil
}

// askedSentence says how a point is confirmed.
func askedSentence(x OpenPoint, asked []Rule) string {
	if len(asked) == 0 {
		return fmt.Sprintf("这一项没有数字要填，按现在的理解就发「规程 确认 %d」。", x.No)
	}
	names, now := make([]string, len(asked)), make([]string, len(asked))
	for i, r := range asked {
		names[i] = r.Meaning
		now[i] = strings.ReplaceAll(PlainValue(r.Value), "无", "名称")
	}
	return fmt.Sprintf("请写%d个值（%s），如「规程 确认 %d %s」；按现在的值就只发「规程 确认 %d」。", len(asked), strings.Join(names, "；"), x.No, strings.Join(now, " "), x.No)
}

// leftToConfirm says what administrators still have to decide.
func leftToConfirm(p Policy) string {
	var left []string
	for _, x := range p.OpenPoints() {
		if x.Ask && !x.Confirmed {
			left = append(left, strconv.Itoa(x.No))
		}
	}
	if len(left) == 0 {
		return "需要您定的都定完了。"
	}
	return fmt.Sprintf("还要您定的：第%s项。", strings.Join(left, "、"))
}

// plainValue turns what people write into what the policy file writes: 85分 into 85, 45分钟 into 45m.
func plainValue(word string) string {
	n := strings.TrimRight(word, "分钟小时天%％")
	unit := strings.TrimPrefix(word, n)
	if _, err := strconv.Atoi(n); err != nil {
		return word
	}
	switch unit {
	case "分钟":
		return n + "m"
	case "小时":
		return n + "h"
	}
	return n
}

// PlainValue gives a value of the policy file as people write it: 1小时30分钟, 7、3、1, 无.
func PlainValue(value string) string {
	if value == "" {
		return "无"
	}
	if d, err := time.ParseDuration(value); err == nil && d != 0 {
		return strings.NewReplacer("h", "小时", "m", "分钟", "s", "秒").Replace(value)
	}
	return strings.NewReplacer("[]", "无", "[", "", "]", "", ", ", "、", "true", "是", "false", "否").Replace(value)
}
