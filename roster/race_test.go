//go:build race

package roster

// raceEnabled keeps the largest workbook out of race runs, where it takes minutes.
const raceEnabled = true
