// Command trainingbot runs an office's training procedure inside its WeCom or DingTalk chat.
//
// This package is the roof of the house: it reads the command line and the settings, joins the
// rooms, and holds no rule of the procedure.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // the office's zone must be known on images without zone files
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr, clock)
	stop()
	os.Exit(code)
}

// clock is the only place where the time is read: UTC, to the microsecond both databases keep.
func clock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
