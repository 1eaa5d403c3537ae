//go:build unix

package main

// breaking is one way in which the program, or what the model believes, is wrong on purpose.
type breaking struct {
	swallow func(y *year, p *simPerson, line string) bool
}

func breakings() map[string]breaking { return map[string]breaking{} }
