package storage

import (
	"maps"
	"slices"
	"sync"
	"time"

	"trainingbot/domain"
)

// rolls is what this process remembers for check-ins: who writes under a handle, and the sessions
// of an office with who has been seen there. It may be behind the database. That is safe because a
// check-in decided on it is kept only if the person and the session still are what they were (by
// version) and nobody has been seen twice; anything but a plain success is decided again on what
// the database says. It is bounded and forgets the oldest half when full.
type rolls struct {
	mu      sync.Mutex
	people  aged[handleID, rollPerson]
	offices aged[domain.OfficeID, *rollOffice]
	epoch   int64 // counts what was forgotten: what was read before must not be remembered after
}

type handleID struct{ platform, key string }

// rollPerson is somebody, or with known false the fact that the handle is nobody's.
type rollPerson struct {
	known  bool
	person domain.Person
	read   time.Time
}

// rollOffice is the sessions of one office that start within officeReach of read.
type rollOffice struct {
	sessions []domain.Session
	present  map[domain.PersonID][]domain.SessionID // where, and no more: a second check-in is decided on the database
	read     time.Time
}

const (
	maxPeople  = 50_000
	maxOffices = 2_000
	// officeReach is how far around now an office's sessions are remembered. Twelve hours later they
	// still cover a Roll.
	officeReach = rollReach + 12*time.Hour
	// strangerFor is how long a handle is remembered as nobody's, by the clock of the messages.
	strangerFor = 2 * time.Second
)

func newRolls() *rolls {
	return &rolls{people: newAged[handleID, rollPerson](maxPeople), offices: newAged[domain.OfficeID, *rollOffice](maxOffices)}
}

// roll puts together what is remembered for a handle. needs lists the offices that must be read
// first; known is false when the handle must be.
func (r *rolls) roll(h handleID, now time.Time) (roll domain.Roll, known bool, needs []domain.OfficeID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.people.get(h)
	if !ok || (!p.known && now.Sub(p.read).Abs() > strangerFor) {
		return roll, false, nil
	}
	if !p.known {
		return roll, true, nil
	}
	roll.By = p.person
	for _, o := range officesOf(p.person, now) {
		x, ok := r.offices.get(o)
		if !ok || now.Sub(x.read).Abs() > officeReach-rollReach {
			needs = append(needs, o)
			continue
		}
		for _, s := range x.sessions {
			if s.Start.Sub(now).Abs() <= rollReach {
				roll.Sessions = append(roll.Sessions, s)
			}
		}
		for _, s := range x.present[p.person.ID] {
			roll.Present = append(roll.Present, domain.Attendance{Session: s, Person: p.person.ID})
		}
	}
	if len(roll.Sessions) > 0 {
		slices.SortStableFunc(roll.Sessions, func(a, b domain.Session) int { return a.Start.Compare(b.Start) })
	}
	return roll, true, needs
}

// now gives the epoch to read under.
func (r *rolls) now() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.epoch
}

// keepPerson remembers what a handle was read to be, unless something was forgotten since.
func (r *rolls) keepPerson(epoch int64, h handleID, p rollPerson) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if epoch == r.epoch {
		r.people.put(h, p)
	}
}

// keepOffice remembers what an office's sessions were read to be, unless something was forgotten since.
func (r *rolls) keepOffice(epoch int64, id domain.OfficeID, o *rollOffice) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if epoch == r.epoch {
		r.offices.put(id, o)
	}
}

// forgetPerson forgets somebody under the handles they had and the ones they have now.
func (r *rolls) forgetPerson(id domain.PersonID, handles ...handleID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
	for _, h := range handles {
		r.people.drop(h)
	}
	if id != "" {
		r.people.dropIf(func(p rollPerson) bool { return p.person.ID == id })
	}
}

// forgetEverybody is for imports: who is who may have changed throughout.
func (r *rolls) forgetEverybody() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
	r.people.clear()
}

// forgetOffice forgets one office's sessions.
func (r *rolls) forgetOffice(id domain.OfficeID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
	r.offices.drop(id)
}

// seen adds a presence that was kept. Reading an office at the same time may miss it; then the
// database refuses the second one.
func (r *rolls) seen(o domain.OfficeID, a domain.Attendance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if x, ok := r.offices.get(o); ok {
		x.present[a.Person] = append(x.present[a.Person], a.Session)
	}
}

// aged is a map that holds at most 2·half entries: when the young half is full it becomes the old
// half, and what was old and not asked for since is gone.
type aged[K comparable, V any] struct {
	half       int
	young, old map[K]V
}

func newAged[K comparable, V any](most int) aged[K, V] {
	return aged[K, V]{half: most / 2, young: map[K]V{}, old: map[K]V{}}
}

func (a *aged[K, V]) get(k K) (V, bool) {
	if v, ok := a.young[k]; ok {
		return v, true
	}
	v, ok := a.old[k]
	if ok {
		a.put(k, v)
	}
	return v, ok
}

func (a *aged[K, V]) put(k K, v V) {
	delete(a.old, k)
	if len(a.young) >= a.half {
		a.young, a.old = map[K]V{}, a.young
	}
	a.young[k] = v
}

func (a *aged[K, V]) drop(k K) {
	delete(a.young, k)
	delete(a.old, k)
}

func (a *aged[K, V]) clear() {
	clear(a.young)
	clear(a.old)
}

func (a *aged[K, V]) dropIf(gone func(V) bool) {
	for _, m := range []map[K]V{a.young, a.old} {
		maps.DeleteFunc(m, func(_ K, v V) bool { return gone(v) })
	}
}
