package storage_test

import (
	"errors"
	"testing"
	"time"

	"trainingbot/domain"
	"trainingbot/storage"
)

func TestQuestions(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		ask := func(c storage.Cause, q *domain.Question) {
			t.Helper()
			h.change(c, func(*storage.Tx) (domain.Change, error) { return domain.Change{Ask: q}, nil })
		}
		question := func(p domain.PersonID, from domain.Handle) (a, b *domain.Question) {
			h.view(func(tx *storage.Tx) (err error) {
				if a, err = tx.Question(p); err != nil {
					return err
				}
				b, err = tx.QuestionFrom(from)
				return err
			})
			return a, b
		}
		q1 := &domain.Question{Kind: domain.Fill, Line: "驳回 P1", Expires: now.Add(time.Hour)}
		q2 := &domain.Question{Kind: domain.Confirm, Line: "绑定 T1", Expires: now.Add(time.Hour)}
		ask(h.by("T1", "1"), q1)
		ask(h.by("stranger", "2"), q2)
		a, b := question(h.id("T1"), h.handle("stranger"))
		same1(t, q1)(a, nil)
		same1(t, q2)(b, nil)
		ask(h.by("T1", "3"), q2)
		a, _ = question(h.id("T1"), h.handle("stranger"))
		same1(t, q2)(a, nil)
		ask(h.by("t1", "4"), nil) // wecom compares user ids without case
		ask(h.by("stranger", "5"), nil)
		if a, b = question(h.id("T1"), h.handle("stranger")); a != nil || b != nil {
			t.Fatalf("still asked: %v %v", a, b)
		}
	})
}

func TestBinding(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		bind := func(m, user string, no string) domain.Answer {
			return h.change(storage.Cause{Message: domain.MessageID(m), From: domain.Handle{Platform: "dingtalk", User: user}, At: now}, func(tx *storage.Tx) (domain.Change, error) {
				if p, taken, err := tx.PersonByHandle(domain.Handle{Platform: "dingtalk", User: user}); err != nil || taken {
					return domain.Change{}, errors.Join(err, domain.Refuse(domain.Conflict, "", "账号已属于"+p.Name))
				}
				p, ok, err := tx.PersonByNo(no)
				if err != nil || !ok {
					return domain.Change{}, errors.Join(err, domain.Refuse(domain.NotFound, "", "没有这个工号"))
				}
				p.Handles = append(p.Handles, domain.Handle{Platform: "dingtalk", User: user})
				return domain.Change{People: []domain.Person{p}, Reply: domain.Answer{Body: domain.Say("已绑定" + p.Name)}}, nil
			})
		}
		if a := bind("b1", "Ding1", "T1"); a.Text != "已绑定学员1" {
			t.Fatal(a.Text)
		}
		if a := bind("b2", "Ding1", "T2"); a.Text != "账号已属于学员1" {
			t.Fatal(a.Text)
		}
		if a := bind("b3", "ding1", "T2"); a.Text != "已绑定学员2" { // dingtalk compares with case
			t.Fatal(a.Text)
		}
		h.view(func(tx *storage.Tx) error {
			p, err := tx.Person(h.id("T1"))
			if err != nil || p.Version != 2 || len(p.Handles) != 2 || p.Handles[0].Platform != "wecom" {
				t.Fatalf("%+v %v", p, err)
			}
			if _, err := tx.Person("nobody"); !errors.Is(err, storage.ErrNotFound) {
				t.Fatal(err)
			}
			if _, err := tx.Session("nothing"); !errors.Is(err, storage.ErrNotFound) {
				t.Fatal(err)
			}
			return nil
		})
	})
}
