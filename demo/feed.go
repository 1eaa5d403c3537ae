package demo

import "sync"

// feed counts the changes of what the page shows and wakes those who wait for the next one.
type feed struct {
	mu      sync.Mutex
	version int64
	next    chan struct{} // closed at the next change
}

// bump tells that something the page shows has changed.
func (f *feed) bump() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.version++
	if f.next != nil {
		close(f.next)
		f.next = nil
	}
}

// at gives the version now and a channel that is closed at the next change.
func (f *feed) at() (int64, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next == nil {
		f.next = make(chan struct{})
	}
	return f.version, f.next
}
