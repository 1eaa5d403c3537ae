// Package demo is the page of `trainingbot demo`: one phone per role, the office's clock to move
// forward, what is due next, and the real traffic on the wire. It knows neither the bot nor the
// fake of the platform; the program hands both in as a World.
package demo
