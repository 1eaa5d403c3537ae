package chattest

import (
	"net"
	"net/http"
	"time"
)

// Listen serves a fake on a free port of the loopback interface, until the server is closed; addr is host
// and port. A machine without one cannot run any test, so that it panics, as httptest does.
func Listen(h http.Handler) (server *http.Server, addr string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic("chattest: no free port on the loopback interface: " + err.Error())
	}
	server = &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(l) }() // it ends when the server is closed
	return server, l.Addr().String()
}
