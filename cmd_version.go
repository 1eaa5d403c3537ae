package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"trainingbot/storage"
)

// version is set by the linker where the build has no version control beside it (Dockerfile).
var version string

// build is what the program knows of its own making.
type build struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
}

func thisBuild() build {
	b := build{Version: version, Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		b.Version, b.Commit = cmp.Or(b.Version, "unknown"), "unknown"
		return b
	}
	changed := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			changed = s.Value == "true"
		}
	}
	if changed {
		b.Commit += "+changes"
	}
	b.Version, b.Commit = cmp.Or(b.Version, info.Main.Version, "(devel)"), cmp.Or(b.Commit, "unknown")
	return b
}

type versionCmd struct{}

// Run prints what a bug report needs.
func (versionCmd) Run(c *console) error {
	b := thisBuild()
	_, err := fmt.Fprintf(c.stdout, "trainingbot %s\ncommit %s\n%s %s/%s\n", b.Version, b.Commit, b.Go, runtime.GOOS, runtime.GOARCH)
	return err
}

type benchSQLCmd struct {
	Setup    bool `help:"Print the rows the script needs instead, for an empty, migrated PostgreSQL."`
	People   int  `default:"10000" help:"How many people check in."`
	Sessions int  `default:"1000" help:"How many sessions are open."`
}

// Run prints the pgbench script of one check-in, as an interactive transaction: the yardstick for
// the bot's own way. Run it with pgbench -M prepared -n -f.
func (x *benchSQLCmd) Run(c *console) error {
	if x.People < 1 || x.Sessions < 1 {
		return usagef("--people and --sessions: at least 1")
	}
	sql := storage.BenchSQL(x.People, x.Sessions)
	if x.Setup {
		sql = storage.BenchSetupSQL(x.People, x.Sessions)
	}
	_, err := fmt.Fprint(c.stdout, sql)
	return err
}
