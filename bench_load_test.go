//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"trainingbot/bot/wecom/wecomtest"
)

// loadJob is what the load generator, a process of its own, is asked to do: check-ins over kept
// connections, all of them sealed and signed before the first one leaves, and all the answers opened
// after the last one came.
type loadJob struct {
	Addr     string
	Settings wecomtest.Settings
	Conns    int
	Rate     float64 // a second, each at its own instant whatever became of the others; 0: as fast as they are answered
	Burst    bool    // all at one instant
	First    int64   // the number of the first message
	Items    []loadItem
}

// loadItem is one message.
type loadItem struct{ User, Text string }

// loadResult is what came of it. Times are in milliseconds, from the instant a message was due.
type loadResult struct {
	Seconds       float64
	Good, Bad     int // answered 签到成功, or not
	Why           string
	P50, P99, Max float64
}

func loadChild(in io.Reader, out io.Writer) int {
	var job loadJob
	err := json.NewDecoder(in).Decode(&job)
	if err == nil {
		var r loadResult
		if r, err = job.run(); err == nil {
			err = json.NewEncoder(out).Encode(r)
		}
	}
	if err != nil {
		fmt.Fprintln(out, "load:", err)
		return 1
	}
	return 0
}

// seal makes the request of one message.
func (j *loadJob) seal(fake *wecomtest.Server, i int) []byte {
	x := j.Items[i]
	plain := fmt.Sprintf("<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime>"+
		"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[%s]]></Content><MsgId>%d</MsgId><AgentID>%d</AgentID></xml>",
		j.Settings.CorpID, x.User, time.Now().Unix(), x.Text, j.First+int64(i), j.Settings.AgentID)
	query, body := fake.Seal(plain, j.Settings.CorpID)
	return fmt.Appendf(nil, "POST /wecom/callback?%s HTTP/1.1\r\nHost: %s\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s", query, j.Addr, len(body), body)
}

func (j *loadJob) run() (r loadResult, err error) {
	fake := wecomtest.New(wecomtest.Options{URL: "http://localhost", Now: time.Now, CorpID: j.Settings.CorpID, Token: j.Settings.Token,
		EncodingAESKey: j.Settings.EncodingAESKey, AgentID: j.Settings.AgentID})
	defer fake.Close()
	requests := make([][]byte, len(j.Items))
	for i := range requests {
		requests[i] = j.seal(fake, i)
	}
	conns := make([]net.Conn, j.Conns)
	for i := range conns {
		if conns[i], err = net.Dial("tcp", j.Addr); err != nil {
			return r, err
		}
		defer conns[i].Close()
	}
	answers, took, faults := make([][]byte, len(requests)), make([]time.Duration, len(requests)), make([]error, len(requests))
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for _, c := range conns {
		wg.Go(func() {
			read := bufio.NewReaderSize(c, 4096)
			for {
				i := int(next.Add(1)) - 1
				if i >= len(requests) {
					return
				}
				due := time.Now()
				switch {
				case j.Burst:
					due = start
				case j.Rate > 0:
					due = start.Add(time.Duration(float64(i) / j.Rate * float64(time.Second)))
					time.Sleep(time.Until(due))
				}
				answers[i], faults[i] = exchange(c, read, requests[i])
				took[i] = time.Since(due)
			}
		})
	}
	wg.Wait()
	r.Seconds = time.Since(start).Seconds()
	r.judge(j, answers, faults)
	slices.Sort(took)
	at := func(q float64) float64 {
		if len(took) == 0 {
			return math.NaN()
		}
		return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000
	}
	r.P50, r.P99, r.Max = at(.5), at(.99), at(1)
	return r, nil
}

// judge opens the answers.
func (r *loadResult) judge(j *loadJob, answers [][]byte, faults []error) {
	for i, a := range answers {
		text, err := "", faults[i]
		if err == nil {
			text, err = openAnswer(j.Settings, a)
		}
		if err == nil && strings.Contains(text, "签到成功") {
			r.Good++
			continue
		}
		if r.Bad++; r.Why == "" {
			r.Why = fmt.Sprintf("%+v was answered %q (%v)", j.Items[i], text, err)
		}
	}
}

var errStatus = errors.New("the status is not 200")

// exchange sends a request and reads the answer, with as little work as possible: the client must
// not be what is measured.
func exchange(c net.Conn, read *bufio.Reader, request []byte) ([]byte, error) {
	if _, err := c.Write(request); err != nil {
		return nil, err
	}
	line, err := read.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	good := bytes.HasPrefix(line, []byte("HTTP/1.1 200 "))
	length := 0
	for {
		line, err := read.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if len(line) <= 2 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return nil, err
			}
		}
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(read, body); err != nil {
		return nil, err
	}
	if !good {
		return nil, errStatus
	}
	return body, nil
}
