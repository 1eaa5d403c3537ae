package bot

import (
	"testing"
	"time"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// However the days of a delegation are said, they are read alike.
func TestDelegationIsRead(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	env := command.Env{Today: domain.NewDate(2026, 9, 21), Now: time.Date(2026, 9, 21, 16, 30, 0, 0, zone),
		People: []command.Named{{ID: "min", Name: "刘敏", No: "K03"}}, Me: "zhou"}
	for _, line := range []string{
		"委托 刘敏 9-26 到 10-2 出差", "委托刘敏9月26日到10月2日出差", "委托 刘敏 9-26 10-2 出差", "委託 K03 9-26 至 10-2 出差", "委托 刘敏 9月26日至10月2日 出差", "委托 刘敏 9-26到10-2 出差",
	} {
		p, err := Table().Parse(line, env)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		v := p.Values
		if p.Command.Name != "委托" || v.Person("人") != "min" || v.Date("起") != domain.NewDate(2026, 9, 26) || v.Date("止") != domain.NewDate(2026, 10, 2) || v.Text("理由") != "出差" || !p.Certain {
			t.Errorf("%s: %s %s %s–%s %q certain %t", line, p.Command.Name, v.Person("人"), v.Date("起"), v.Date("止"), v.Text("理由"), p.Certain)
		}
	}
	for line, word := range map[string]string{"撤销委托": "撤销委托", "撤销委托 刘敏": "撤销委托", "撤销 委托 刘敏": "撤销委托", "撤销 F12 补了假条": "撤销"} {
		if p, err := Table().Parse(line, env); err != nil || p.Command.Name != word {
			t.Errorf("%s: %v %v", line, p.Command, err)
		}
	}
}
