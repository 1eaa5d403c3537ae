package chattest

import (
	"encoding/json"
	"os"
	"slices"
	"time"
)

// Accepted is one accepted send, as the journal keeps it.
type Accepted struct {
	Seq       int64
	At        time.Time
	MsgID     string
	TaskID    string   `json:",omitempty"`
	Users     []string // who got it
	Dropped   []string `json:",omitempty"` // who did not, for a limit of the platform's
	Invalid   []string `json:",omitempty"`
	Duplicate bool     `json:",omitempty"` // suppressed: nobody got it again
	Body      json.RawMessage
}

// Journal keeps accepted sends, in memory and, when it was opened with a file, on the disk. It is not
// safe for concurrent use: the fake that has it guards it.
type Journal struct {
	file *os.File
	all  []Accepted
}

// OpenJournal makes a journal that writes each send as a line of JSON to a file; "" is no file.
func OpenJournal(path string) (*Journal, error) {
	if path == "" {
		return &Journal{}, nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return &Journal{file: f}, nil
}

// Record numbers and keeps a send, and writes it through to the disk.
func (j *Journal) Record(at time.Time, a Accepted) error {
	a.Seq, a.At = int64(len(j.all)+1), at
	j.all = append(j.all, a)
	if j.file == nil {
		return nil
	}
	raw, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(append(raw, '\n')); err != nil {
		return err
	}
	return j.file.Sync()
}

// All gives every send, in order.
func (j *Journal) All() []Accepted { return slices.Clone(j.all) }

// Close closes the file.
func (j *Journal) Close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}
