package domain_test

import (
	"flag"
	"os"
	"testing"

	. "trainingbot/domain"
)

var update = flag.Bool("update", false, "write docs/timetable.md anew")

func TestTimetableReference(t *testing.T) {
	const path = "../docs/timetable.md"
	want := TimetableReference()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s is not what the timetable says (%v): go test ./domain -run Reference -update", path, err)
	}
}
