package link

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// Pace is the times of an outgoing connection.
type Pace struct {
	Dial    time.Duration // opening takes no longer
	Ping    time.Duration // how often we ask for a sign of life
	Silence time.Duration // a connection that shows none for so long is dead
	Write   time.Duration // a frame that is not written in this time ends its connection
	Linger  time.Duration // how long a connection that is being replaced still listens
	Recycle time.Duration // a connection is replaced at this age, before it can go deaf unnoticed; 0: never
	Healthy time.Duration // one that lived so long proves that connecting works
	First   time.Duration // the second try waits so long, each later one twice as long
	Last    time.Duration // but no longer than this; so long waits also who is refused for the settings
	Drain   time.Duration // how long what was taken is finished when the program is to stop
}

// Wait gives how long to wait before try n of connecting (1 for the first after a failure): at once,
// then doubling, a fifth more or less by r in [0,1), so that many do not come back together.
func (p Pace) Wait(n int, r float64) time.Duration {
	if n < 2 {
		return 0
	}
	d := p.Last
	if n < 12 {
		d = min(d, p.First<<(n-2))
	}
	return Jitter(d, r)
}

// Jitter is d, a fifth more or less by r in [0,1).
func Jitter(d time.Duration, r float64) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*r))
}

// Sleep waits, or until ctx ends.
func Sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// Socket is one open outgoing connection. One goroutine of the caller's reads it, one of its own writes
// it; the other methods are safe for concurrent use.
type Socket struct {
	ws   *websocket.Conn
	pace Pace
	ping func() []byte
	out  chan []byte
	gone chan struct{} // closed when it has ended

	over       chan struct{} // closed when the next one is to be opened
	once, stop sync.Once
	wasHealthy atomic.Bool

	silence, healthy *time.Timer
	recycle          *time.Timer // nil: it is never replaced for its age
}

// NewSocket begins to watch over a connection. ping makes the frame that asks for a sign of life; nil:
// the ping of WebSocket itself.
func NewSocket(ws *websocket.Conn, p Pace, ping func() []byte) *Socket {
	c := &Socket{ws: ws, pace: p, ping: ping, out: make(chan []byte, 256), gone: make(chan struct{}), over: make(chan struct{})}
	// Timers in place of deadlines: those are read on the system's clock.
	c.silence = time.AfterFunc(p.Silence, c.End)
	c.healthy = time.AfterFunc(p.Healthy, func() { c.wasHealthy.Store(true) })
	if p.Recycle > 0 {
		c.recycle = time.AfterFunc(p.Recycle, c.Replace)
	}
	alive := func(string) error { c.silence.Reset(p.Silence); return nil }
	ws.SetPongHandler(alive)
	ws.SetPingHandler(func(data string) error {
		_ = alive("")
		_ = ws.WriteControl(websocket.PongMessage, []byte(data), time.Time{}) // the reader meets its failure
		return nil
	})
	go c.writer()
	return c
}

// Read gives the next frame.
func (c *Socket) Read() ([]byte, error) {
	_, raw, err := c.ws.ReadMessage()
	if err == nil {
		c.silence.Reset(c.pace.Silence)
	}
	return raw, err
}

// Write hands a frame to the writer; on a connection that has ended it is lost.
func (c *Socket) Write(raw []byte) {
	select {
	case c.out <- raw:
	case <-c.gone:
	}
}

func (c *Socket) writer() {
	t := time.NewTicker(c.pace.Ping)
	defer t.Stop()
	for {
		slow := time.AfterFunc(c.pace.Write, c.End)
		slow.Stop()
		var err error
		select {
		case raw := <-c.out:
			slow.Reset(c.pace.Write)
			if raw == nil {
				err = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Time{})
			} else {
				err = c.ws.WriteMessage(websocket.TextMessage, raw)
			}
		case <-t.C:
			slow.Reset(c.pace.Write)
			if c.ping == nil {
				err = c.ws.WriteControl(websocket.PingMessage, nil, time.Time{})
			} else {
				err = c.ws.WriteMessage(websocket.TextMessage, c.ping())
			}
		case <-c.gone:
			return
		}
		slow.Stop()
		if err != nil {
			c.End()
			return
		}
	}
}

// Over is closed when the next connection is to be opened.
func (c *Socket) Over() <-chan struct{} { return c.over }

// Gone is closed when the connection has ended.
func (c *Socket) Gone() <-chan struct{} { return c.gone }

// Healthy says whether it lived long enough to prove that connecting works, or was asked to go.
func (c *Socket) Healthy() bool { return c.wasHealthy.Load() }

// Replace has the next connection opened; this one listens until the platform closes it, or for a while.
func (c *Socket) Replace() {
	c.once.Do(func() {
		c.wasHealthy.Store(true) // it was asked to go, it did not fail
		close(c.over)
		time.AfterFunc(c.pace.Linger, c.Goodbye)
	})
}

// Goodbye says that we close, behind all frames written so far, and closes.
func (c *Socket) Goodbye() {
	c.Write(nil)
	time.AfterFunc(time.Second, c.End) // the platform closes first when it is well
}

// End closes the connection.
func (c *Socket) End() {
	c.stop.Do(func() {
		c.silence.Stop()
		c.healthy.Stop()
		if c.recycle != nil {
			c.recycle.Stop()
		}
		close(c.gone)
		_ = c.ws.Close()
	})
	c.once.Do(func() { close(c.over) })
}
