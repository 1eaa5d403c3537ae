//go:build race

package main

// raceEnabled says that this program runs under the race detector.
const raceEnabled = true
