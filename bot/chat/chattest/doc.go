// Package chattest is what the fakes of all chat platforms have in common: what a phone shows, what a
// person did and got for it, the journal of accepted sends, and the interface Fake that each of them
// satisfies, so that one story, one demo page and one suite of laws sit on any of them.
//
// It knows no platform and shares no code with an adapter.
package chattest
