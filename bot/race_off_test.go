//go:build !race

package bot_test

// raceEnabled says that this program runs under the race detector.
const raceEnabled = false
