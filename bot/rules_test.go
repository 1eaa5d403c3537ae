package bot

import "testing"

func TestPlain(t *testing.T) {
	for value, want := range map[string]string{
		"30m": "30分钟", "1h": "1小时", "1h30m": "1小时30分钟", "[7, 3, 1]": "7、3、1", "[]": "无", "": "无", "true": "是", "25": "25", "0": "0", "09:00": "09:00", "-2": "-2",
	} {
		if got := plain(value); got != want {
			t.Errorf("%q reads %q, want %q", value, got, want)
		}
	}
}
