package wecom_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/wecom"
	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/domain"
)

// A robot speaks in its group, at most 20 times a minute; what goes wrong says what to do and never the key.
func TestRobotSends(t *testing.T) {
	now := time.Date(2026, 12, 1, 1, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	fake := wecomtest.New(wecomtest.Options{Now: clock})
	t.Cleanup(fake.Close)
	const key = "secret-key-of-the-group"
	fake.AddRobot("翠湖群", key)
	keys := map[string]string{"hu": key, "jiang": "a-key-nobody-knows"}
	robot := wecom.NewRobot(wecom.Config{BaseURL: fake.Settings().BaseURL}, clock, func(_ context.Context, office string) (string, bool, error) {
		k, ok := keys[office]
		return k, ok, nil
	})
	say := func(office string) error {
		_, err := robot.Send(t.Context(), chat.Outgoing{ID: "d1", To: []string{office}, Body: domain.Say(strings.Repeat("计划已批准。", 300))})
		return err
	}
	for i := range 20 {
		if err := say("hu"); err != nil {
			t.Fatal(i, err)
		}
	}
	if got := fake.Inbox("翠湖群"); len(got) != 20 || !strings.HasPrefix(got[0].Text, "计划已批准。") {
		t.Errorf("%d messages in the group", len(got))
	}
	for office, want := range map[string]chat.Class{"hu": chat.Wait, "jiang": chat.Misset, "nowhere": chat.Permanent} {
		err := say(office)
		e, ok := chat.AsSendError(err)
		if !ok || e.Class != want || strings.Contains(err.Error(), key) || strings.Contains(err.Error(), keys["jiang"]) {
			t.Errorf("%s: %v", office, err)
		}
	}
	now = now.Add(time.Minute)
	if err := say("hu"); err != nil {
		t.Error("a minute later:", err)
	}
}
