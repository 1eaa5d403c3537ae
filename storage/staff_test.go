package storage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trainingbot/domain"
	"trainingbot/storage"
	"trainingbot/storage/storagetest"
)

func TestImportStaff(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		load := func(want storage.StaffReport, rows ...storage.StaffRow) {
			t.Helper()
			got, err := db.ImportStaff(ctx, rows, now)
			same1(t, want)(got, err)
		}
		safety := staffRow("S1", "安全员", domain.SafetyOfficer, domain.Trainee)
		elsewhere := safety
		elsewhere.Office, elsewhere.Handles = "金地", nil
		rows := []storage.StaffRow{staffRow("T1", "张三", domain.Trainee), safety, elsewhere}
		load(storage.StaffReport{Created: 2, Offices: []string{"万科城", "金地"}}, rows...)
		load(storage.StaffReport{Same: 2}, rows...)
		audits := 0
		if err := db.Stats().Get(&audits, "SELECT COUNT(*) FROM audit"); err != nil || audits != 2 {
			t.Fatal(audits, err)
		}
		exported, err := db.ExportStaff(ctx)
		if err != nil || len(exported) != 3 {
			t.Fatal(exported, err)
		}
		load(storage.StaffReport{Same: 2}, exported...)

		// Leaves, comes back, gets another shift and a second platform.
		r := rows[0]
		r.Until = domain.NewDate(2026, 6, 30)
		load(storage.StaffReport{Changed: 1}, r)
		load(storage.StaffReport{Same: 1}, r)
		back := rows[0]
		back.Since, back.Shift, back.Handles = domain.NewDate(2026, 9, 1), "夜班", []domain.Handle{{Platform: "dingtalk", User: "d1"}}
		load(storage.StaffReport{Changed: 1}, back)
		load(storage.StaffReport{Same: 1}, back)
		load(storage.StaffReport{Same: 1}, r) // the first stay is named by its first day
		if err := db.View(ctx, func(tx *storage.Tx) error {
			p, ok, err := tx.PersonByNo("T1")
			if err != nil || !ok {
				return err
			}
			if len(p.Memberships) != 2 || p.Memberships[0].Until != r.Until || p.Memberships[1].Shift != "夜班" || len(p.Handles) != 2 || p.Version != 3 {
				t.Fatalf("%+v", p)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}

		// Two people swap their accounts in one file.
		a, b := staffRow("A", "甲", domain.Trainee), staffRow("B", "乙", domain.Trainee)
		load(storage.StaffReport{Created: 2}, a, b)
		a.Handles, b.Handles = b.Handles, a.Handles
		load(storage.StaffReport{Changed: 2}, a, b)

		// All or nothing, and every fault at once.
		good, twice, unknown := staffRow("G", "好", domain.Trainee), staffRow("A", "别名", domain.Trainee), staffRow("U", "无角色")
		thief := staffRow("X", "偷", domain.Trainee)
		thief.Handles = []domain.Handle{{Platform: "wecom", User: "s1"}} // S1's, written small
		never := staffRow("N", "没日期", domain.Trainee)
		never.Since = domain.Date{}
		inverted := staffRow("I", "倒", domain.Trainee)
		inverted.Until = domain.NewDate(2025, 1, 1)
		role := staffRow("R", "怪", "king")
		_, err = db.ImportStaff(ctx, []storage.StaffRow{good, a, twice, unknown, thief, never, inverted, role, {}}, now)
		refusal, ok := domain.Refusal(err)
		if !ok || refusal.Kind != domain.Invalid {
			t.Fatal(err)
		}
		for _, want := range []string{"第3行：工号A在第2行叫甲", "第4行：没有角色", "第5行：平台账号", "第6行：没日期", "第7行：离职日期", "第8行：角色「king」", "第9行：没有工号"} {
			if !strings.Contains(refusal.Text, want) {
				t.Errorf("%q is not in\n%s", want, refusal.Text)
			}
		}
		if n := strings.Count(refusal.Text, "\n"); n != 9 {
			t.Errorf("%d lines:\n%s", n+1, refusal.Text)
		}
		exported, _ = db.ExportStaff(ctx)
		if slices.ContainsFunc(exported, func(r storage.StaffRow) bool { return r.No == "G" }) {
			t.Fatal("a part of a refused file was kept")
		}
	})
}

// Thousands of people are a fixed number of statements.
func TestImportManyStaff(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, db *storage.DB) {
		var rows []storage.StaffRow
		for i := range 3000 {
			rows = append(rows, staffRow(fmt.Sprintf("T%05d", i), "学员", domain.Trainee))
		}
		for i, want := range []storage.StaffReport{{Created: 3000, Offices: []string{"万科城"}}, {Same: 3000}} {
			got, err := db.ImportStaff(t.Context(), rows, now.Add(time.Duration(i)*time.Hour))
			same1(t, want)(got, err)
		}
	})
}
