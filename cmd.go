package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"trainingbot/configs"
)

// Exit codes, fixed for scripts.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// commands is the command line; its tags are the help.
type commands struct {
	Config string `help:"Settings file (YAML). Every setting is also an environment variable TRAININGBOT_…; see docs/configuration.md." placeholder:"FILE" type:"path"`

	Serve       serveCmd       `cmd:"" help:"Run the bot: callbacks, reminders, pages."`
	Demo        demoCmd        `cmd:"" help:"Play the whole product on this machine, with a WeCom of its own and a clock to move."`
	Migrate     migrateCmd     `cmd:"" help:"Bring the database to this version."`
	Staff       staffCmd       `cmd:"" help:"The staff list: import and export."`
	Timetable   timetableCmd   `cmd:"" help:"Every reminder that would go out between two dates, by the rules alone."`
	Calendar    calendarCmd    `cmd:"" help:"The years' holiday notices."`
	Doctor      doctorCmd      `cmd:"" help:"Check everything that is easily set up wrong."`
	Backup      backupCmd      `cmd:"" help:"Write a consistent copy of the embedded database, while serving too."`
	Restore     restoreCmd     `cmd:"" help:"Put a backup in the place of the embedded database."`
	Conf        confCmd        `cmd:"" name:"config" help:"Check or print the settings."`
	Outbox      outboxCmd      `cmd:"" help:"Messages that wait or could not be sent."`
	SendTest    sendTestCmd    `cmd:"" help:"Send one message to one person over the configured platform."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask the running server whether it is ready; for container health checks."`
	BenchSQL    benchSQLCmd    `cmd:"" name:"bench-sql" help:"Print the SQL of one check-in for pgbench."`
	Version     versionCmd     `cmd:"" help:"Print version, commit and Go version."`
}

// console is what a command works with: the outside world as values, so that tests run commands
// without a process and the running server runs them for others (app_control.go).
type console struct {
	ctx     context.Context
	args    []string
	env     []string
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
	now     func() time.Time
	config  string                               // --config
	open    func(path string) ([]byte, error)    // reads a file named on the command line
	create  func(path string, data []byte) error // writes a new one
	serving *App                                 // set when the running server runs the command
}

// usageError is a command line that says what cannot be done; the program exits with 2.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// quietError is a failure that has been told already.
type quietError struct{ error }

// run is the whole program but for the process: it gives the exit code.
func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer, now func() time.Time) int {
	c := &console{
		ctx: ctx, args: args, env: env, stdin: stdin, stdout: stdout, stderr: stderr, now: now,
		open: os.ReadFile, create: createFile,
	}
	return c.run()
}

// leave is how kong's own exits (--help) come back through its callbacks.
type leave struct{ code int }

func (c *console) run() (code int) {
	defer func() {
		if v := recover(); v != nil {
			l, ok := v.(leave)
			if !ok {
				panic(v)
			}
			code = l.code
		}
	}()
	var line commands
	parser, err := kong.New(&line,
		kong.Name("trainingbot"),
		kong.Description("An office's training procedure inside its chat. Begin with: trainingbot demo"),
		kong.Writers(c.stdout, c.stderr),
		kong.Exit(func(code int) { panic(leave{code}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return c.fail(err)
	}
	chosen, err := parser.Parse(c.args)
	if err != nil {
		return c.fail(usagef("%v; see trainingbot --help", err))
	}
	c.config = line.Config
	err = chosen.Run(c)
	if errors.Is(err, errServing) {
		var in []string
		if x, ok := chosen.Selected().Target.Addr().Interface().(interface{ inputs() []string }); ok {
			in = x.inputs()
		}
		return c.handOver(in)
	}
	return c.fail(err)
}

// fail tells an error and gives the exit code that belongs to it.
func (c *console) fail(err error) int {
	if err == nil {
		return exitDone
	}
	if _, told := errors.AsType[quietError](err); !told {
		fmt.Fprintf(c.stderr, "trainingbot: %s\n", strings.TrimSpace(err.Error()))
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitFailed
}

// settings reads the settings in force.
func (c *console) settings() (configs.Settings, error) {
	if c.serving != nil {
		return c.serving.o.Settings, nil
	}
	return configs.Load(c.config, c.env, c.open)
}

// createFile writes a new file and refuses to overwrite one. What people put into it may be personal.
func createFile(path string, data []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already: choose another name or remove it first", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
