// Package command is the grammar of the chat: what people may say, as one table, and everything
// that follows from it: the forgiving parser, suggestions, usage lines, the guide in the chat and
// the reference in the documents.
//
// A line is read in four steps. It is cleaned (widths, spaces, invisible and bidirectional marks,
// traditional characters); the command's word is looked for at its start, at its end, inside, and
// last with a typo in it; the arguments are read in the order of the row or, where that fails or
// the row says so, told apart by their shapes; what is left is the free text, kept as it was typed.
//
// # Dates and times
//
// A day without a year ("12-18", "12月18日") is the first such day that lies no more than 60 days
// in the past; so is a month without a year, by its last day. A day without a month ("18号") is in
// the current month, or in the next one when that day has passed. A bare weekday ("周三") is the
// next one, today included; "本周三" and "下周三" count calendar weeks from Monday. Days that do
// not exist are refused with a sentence.
//
// "15:00" and "15点" are taken literally, except that "1点" to "6点", or "1:00" to "6:59" without the
// leading zero, are taken for the afternoon, as a guess, where no word for the part of the day stands.
//
// # Guesses
//
// Widths, spaces, glued words, aliases, traditional characters, polite words and order are forgiven
// silently. Wherever letters or a meaning had to be guessed, Parsed.Certain is false: such a line
// must be asked back when running it would change something.
package command
