// Package domain is the office's training procedure: nouns, rules, calendar, timetable.
//
// Everything here is a function of values. Nothing reads a clock, a file or a network, nothing
// takes a context: the caller says who acts and when, and gets a Change or a refusal (*Error).
// Clause ids ("5.1.2") refer to the procedure; every number a rule uses is a field of Policy.
package domain
