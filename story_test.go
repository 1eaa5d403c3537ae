package main

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"trainingbot/bot/chat/chattest"
	"trainingbot/storage/storagetest"
)

// A story is a text file an office supervisor could read and correct: chat lines and clock times,
// played through the real adapter, storage and scheduler on both databases. Its lines are
//
//	# anything                       a remark
//	名单 FILE                        the staff file; comes first
//	启用 2026-09-01                  the day on which it is imported and the office begins
//	副本 2                           that many replicas share the database from here on
//	时间 2026-09-17 09:01            the clock runs until then, the scheduler with it
//	停机到 2026-09-28 08:00          nothing runs until then; the program then starts again
//	重启                             the program ends and starts again
//	平台故障 3 502                   the next three sends fail that way
//	令牌失效                         the platform takes back the token in use
//	群机器人 翠湖群                   the group has a robot, whose address is {地址}
//	看不见应用 吴倩                  she is out of the app's visible range
//	来了 林晓 linxiao                somebody new has the app on their phone, as linxiao
//	王芳 说 报计划                   王芳 types
//	周国平 点 同意 [P1 v1]           presses a button on the newest card (that names P1 v1)
//	周国平 再点 同意                 presses the button of that card again, dead or not
//	王芳 重复说 报计划               types it once, and the platform delivers it three times
//	王芳 看到 已上报 … P1 v1         a message not seen before has these pieces in this order
//	王芳 看到N条 3                   so many messages came that were not seen before
//	王芳 看过了                      what came so far needs no look
//	王芳 没有新消息                  nothing came that was not seen before
//	王芳 从未看到 何磊               no message she ever got has that
//	周国平 的卡片 P1 v1 已由…         the newest card that names P1 v1 shows this where its buttons were
//	周国平/钉钉 说 待批                the same person on the other phone (stories of both platforms)
//	记下 号 第(\d+)条                 keeps what the group finds in the last message seen, for {号}
//
// With -chat every phone is printed at the end of a story, as people would read it.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("stories/*.story")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".story"), func(t *testing.T) {
			t.Parallel()
			for _, dialect := range storyDialects() {
				t.Run(dialect, func(t *testing.T) {
					t.Parallel()
					tell(t, file, newWorld(t, storagetest.URL(t, dialect)))
				})
			}
		})
	}
}

// TestStoriesOverDingTalk plays them all over the other platform, by either way in, on the embedded
// database: not under the race detector (storyDialects), which sees this adapter in its own tests.
func TestStoriesOverDingTalk(t *testing.T) {
	if raceEnabled {
		t.Skip("played without the race detector")
	}
	files, err := filepath.Glob("stories/*.story")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".story"), func(t *testing.T) {
			t.Parallel()
			for _, way := range []string{overStream, overHTTP} {
				t.Run(way, func(t *testing.T) {
					t.Parallel()
					tell(t, file, newWorldOver(t, storagetest.URL(t, "sqlite"), way))
				})
			}
		})
	}
}

// TestStoriesOverBoth plays the stories of people who have both platforms: whatever they do on one holds
// on the other.
func TestStoriesOverBoth(t *testing.T) {
	files, err := filepath.Glob("stories/both/*.story")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".story"), func(t *testing.T) {
			t.Parallel()
			for _, dialect := range storyDialects() {
				t.Run(dialect, func(t *testing.T) {
					t.Parallel()
					tell(t, file, newWorldOver(t, storagetest.URL(t, dialect), overBoth))
				})
			}
		})
	}
}

// storyDialects are the databases stories are played on. The embedded one is C turned into Go, which the
// race detector makes many times slower and knows no race in: test.sh plays it without the detector.
func storyDialects() []string {
	if raceEnabled {
		return []string{"postgres"}
	}
	return []string{"postgres", "sqlite"}
}

// chatFlag prints what everybody's phone shows at the end of a story.
var chatFlag = flag.Bool("chat", false, "print the chat of TestStories")

// printChat prints everything said in a story in the order it was said.
func (s *teller) printChat() {
	names := map[string]string{}
	for name, user := range s.users {
		names[user] = name
	}
	type said struct {
		chattest.Shown
		user string
	}
	var all []said
	for user := range names {
		for _, x := range s.phones.Inbox(user) {
			all = append(all, said{x, user})
		}
	}
	slices.SortFunc(all, func(a, b said) int { return cmp.Compare(a.Seq, b.Seq) })
	var page strings.Builder // printed at once: other stories are played beside this one
	for _, x := range all {
		arrow := "→ " + names[x.user]
		if x.Own {
			arrow = names[x.user] + "："
		}
		fmt.Fprintf(&page, "%s %s\n%s\n\n", x.At.In(s.zone()).Format("01-02 15:04"), arrow, asText(x.Shown))
	}
	fmt.Print(page.String())
}

// teller plays one story.
type teller struct {
	*world
	kept map[string]string
	last string // the last message seen
	seen map[string]map[int64]string
	back *chattest.Card

	other map[string]map[int64]string // what was seen on the second platform
}

func tell(t *testing.T, file string, w *world) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := &teller{world: w, kept: map[string]string{}, seen: map[string]map[int64]string{}}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := s.play(line); err != nil {
			t.Fatalf("%s:%d: %s\n%v", file, n, line, err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if *chatFlag {
		s.printChat()
	}
	problems := w.phones.Problems()
	if w.dingtalk != nil {
		problems = append(problems, w.dingtalk.Problems()...)
	}
	for _, p := range problems {
		t.Errorf("the platform complains: %s", p)
	}
}

func (s *teller) play(line string) error {
	for name, value := range s.kept {
		line = strings.ReplaceAll(line, "{"+name+"}", value)
	}
	if s.wecom == nil {
		line = strings.ReplaceAll(line, "wecom:", "dingtalk:")
	}
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "名单":
		return s.importStaff(filepath.Join("stories", rest))
	case "启用":
		return s.since(rest)
	case "副本":
		var n int
		if _, err := fmt.Sscan(rest, &n); err != nil {
			return err
		}
		return s.replicas(n)
	case "时间":
		at, err := s.clockAt(rest)
		if err != nil {
			return err
		}
		return s.runUntil(at)
	case "停机到":
		at, err := s.clockAt(rest)
		if err != nil {
			return err
		}
		return s.asleepUntil(at)
	case "重启":
		return s.restart()
	case "平台故障":
		return s.fail(rest)
	case "令牌失效":
		s.phones.RevokeToken()
		return nil
	case "群机器人": // the group of this name has a robot; {地址} is its address
		if s.wecom == nil {
			s.t.Skip("robots of groups are WeCom's")
		}
		s.users[rest], s.kept["地址"] = rest, s.wecom.AddRobot(rest, "11111111-2222-3333-4444-555555555555")
		return nil
	case "看不见应用":
		s.phones.AddPerson(chattest.Person{UserID: s.users[rest], Name: rest, Hidden: true})
		return nil
	case "来了":
		name, user, _ := strings.Cut(rest, " ")
		s.users[name] = user
		s.phones.AddPerson(chattest.Person{UserID: user, Name: name})
		return nil
	case "记下":
		name, pattern, _ := strings.Cut(rest, " ")
		found := regexp.MustCompile(pattern).FindStringSubmatch(s.last)
		if len(found) < 2 {
			return fmt.Errorf("nothing like %q in:\n%s", pattern, s.last)
		}
		s.kept[name] = found[1]
		return nil
	}
	verb, what, _ := strings.Cut(rest, " ")
	return s.person(word, verb, what)
}

func (s *teller) person(name, verb, what string) error {
	if first, other := strings.CutSuffix(name, "/钉钉"); other {
		if s.other == nil {
			s.other = map[string]map[int64]string{}
		}
		swap := func() { s.seen, s.other = s.other, s.seen }
		swap()
		s.phones = s.dingtalk
		defer func() { swap(); s.phones = s.wecom }()
		name = first
	}
	user, ok := s.users[name]
	if !ok {
		return fmt.Errorf("nobody is called %s", name)
	}
	switch verb {
	case "说":
		s.readOwn(user)
		return s.say(user, what)
	case "重复说":
		s.readOwn(user)
		return s.sayAgain(user, what)
	case "点", "再点":
		return s.press(user, what, verb == "再点")
	case "看到":
		return s.sees(user, what)
	case "看到N条":
		if n := len(s.fresh(user)); fmt.Sprint(n) != what {
			return fmt.Errorf("%d messages:\n%s", n, strings.Join(s.texts(user), "\n---\n"))
		}
		return nil
	case "看过了":
		for _, x := range s.fresh(user) {
			s.mark(user, x.Seq)
		}
		return nil
	case "没有新消息":
		if texts := s.texts(user); len(texts) > 0 {
			return fmt.Errorf("there is:\n%s", strings.Join(texts, "\n---\n"))
		}
		return nil
	case "从未看到":
		for _, x := range s.phones.Inbox(user) {
			if text := asText(x); !x.Own && strings.Contains(text, what) {
				return fmt.Errorf("it was seen:\n%s", text)
			}
		}
		return nil
	case "的卡片":
		return s.cardShows(user, what)
	}
	return fmt.Errorf("no such line: %s", verb)
}

// clockAt reads a date and time, or a time of the day it is.
func (s *teller) clockAt(text string) (time.Time, error) {
	zone := s.zone()
	if at, err := time.ParseInLocation("2006-01-02 15:04", text, zone); err == nil {
		return at, nil
	}
	return time.ParseInLocation("2006-01-02 15:04", s.clock().In(zone).Format("2006-01-02 ")+text, zone)
}

// fresh gives what a phone shows that the story has not looked at yet.
func (s *teller) fresh(user string) []chattest.Shown {
	var out []chattest.Shown
	for _, x := range s.phones.Inbox(user) {
		if _, old := s.seen[user][x.Seq]; !old && !x.Own {
			out = append(out, x)
		}
	}
	return out
}

func (s *teller) mark(user string, seq int64) {
	if s.seen[user] == nil {
		s.seen[user] = map[int64]string{}
	}
	s.seen[user][seq] = ""
}

// readOwn does nothing to others' messages: what a person types is no news to them.
func (s *teller) readOwn(user string) {
	for _, x := range s.phones.Inbox(user) {
		if x.Own {
			s.mark(user, x.Seq)
		}
	}
}

func (s *teller) texts(user string) []string {
	var out []string
	for _, x := range s.fresh(user) {
		out = append(out, asText(x))
	}
	return out
}

// asText is a message as a person reads it: its text, or all of the card.
func asText(x chattest.Shown) string {
	if x.Card == nil {
		return x.Text
	}
	c := x.Card
	lines := []string{c.Title, c.Desc, c.Text}
	for _, f := range c.Facts {
		lines = append(lines, f.Label+" "+f.Value)
	}
	for _, b := range c.Buttons {
		lines = append(lines, "〔"+b.Text+"〕")
	}
	return strings.Join(append(lines, c.Replaced), "\n")
}

// sees looks for the first unseen message that has the pieces in order; it and those before it
// count as seen.
func (s *teller) sees(user, want string) error {
	var pieces []string
	for p := range strings.SplitSeq(want, "…") {
		pieces = append(pieces, strings.TrimSpace(p))
	}
	unseen := s.fresh(user)
	for i, x := range unseen {
		text := asText(x)
		if !inOrder(text, pieces) {
			continue
		}
		for _, y := range unseen[:i+1] {
			s.mark(user, y.Seq)
		}
		s.last = text
		return nil
	}
	return fmt.Errorf("not among the new messages:\n%s", strings.Join(s.texts(user), "\n---\n"))
}

func inOrder(text string, pieces []string) bool {
	for _, p := range pieces {
		i := strings.Index(text, p)
		if i < 0 {
			return false
		}
		text = text[i+len(p):]
	}
	return true
}

// card finds the newest card on a phone that names all the words.
func (s *teller) card(user string, words ...string) (chattest.Shown, error) {
	inbox := s.phones.Inbox(user)
	for i := len(inbox) - 1; i >= 0; i-- {
		if inbox[i].Card != nil && inOrder(asText(inbox[i]), words) {
			return inbox[i], nil
		}
	}
	return chattest.Shown{}, fmt.Errorf("no card with %v", words)
}

func (s *teller) cardShows(user, what string) error {
	words := strings.Fields(what)
	want := words[len(words)-1]
	x, err := s.card(user, strings.Join(words[:len(words)-1], " "))
	if err != nil {
		return err
	}
	if !strings.Contains(x.Card.Replaced, want) {
		return fmt.Errorf("the card shows %q, state %s, buttons %v", x.Card.Replaced, x.Card.State, x.Card.Buttons)
	}
	return nil
}

func (s *teller) press(user, what string, dead bool) error {
	label, words, _ := strings.Cut(what, " ")
	if dead {
		if s.back == nil {
			return fmt.Errorf("no card was pressed before")
		}
		return s.click(user, *s.back, label)
	}
	x, err := s.card(user, strings.TrimSpace(words), "〔"+label+"〕")
	if err != nil {
		return err
	}
	kept := *x.Card
	s.back = &kept
	s.mark(user, x.Seq)
	return s.click(user, kept, label)
}
