package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// printTable prints the announcements for people: one line each, in columns.
func printTable(w io.Writer, all []announcement) error {
	rows := [][]string{heads()}
	for _, a := range all {
		cells := a.cells()
		cells[0] = a.At[:len("2006-01-02")] + " " + a.At[len("2006-01-02T"):len("2006-01-02T15:04")]
		rows = append(rows, cells)
	}
	return columnsTo(w, rows)
}

// columnsTo aligns cells as a terminal shows them, where a Chinese character is two wide. A column
// that is empty but for its head is left out.
func columnsTo(w io.Writer, rows [][]string) error {
	if len(rows) == 0 {
		return nil
	}
	wide, used := make([]int, len(rows[0])), make([]bool, len(rows[0]))
	for n, row := range rows {
		for i, cell := range row {
			wide[i] = max(wide[i], cellWidth(cell))
			used[i] = used[i] || n > 0 && cell != ""
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			if used[i] || len(rows) == 1 {
				b.WriteString(cell + strings.Repeat(" ", wide[i]-cellWidth(cell)+2))
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(b.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

func cellWidth(s string) int {
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// calendarFile writes the announcements as an iCalendar file (RFC 5545), in UTC, so that it needs
// no zone table. The same question gives the same UIDs, so a second import moves events instead of
// doubling them.
func calendarFile(all []announcement, now time.Time) string {
	const stamp = "20060102T150405Z"
	var b strings.Builder
	line := func(name, value string) { fold(&b, name+":"+value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//trainingbot//timetable//ZH")
	line("CALSCALE", "GREGORIAN")
	line("METHOD", "PUBLISH")
	for _, a := range all {
		line("BEGIN", "VEVENT")
		line("UID", icsText(a.key+"@trainingbot"))
		line("DTSTAMP", now.UTC().Format(stamp))
		line("DTSTART", a.at.UTC().Format(stamp))
		line("DURATION", "PT15M")
		line("SUMMARY", icsText(a.Title))
		line("DESCRIPTION", icsText(fmt.Sprintf("规程 %s\n截止 %s\n%s %s\n发给 %s", a.Clause, a.Deadline, a.Kind, a.Stage, a.To)))
		if a.Office != "" {
			line("CATEGORIES", icsText(a.Office))
		}
		if a.Provisional {
			line("STATUS", "TENTATIVE")
		}
		line("TRANSP", "TRANSPARENT")
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	return b.String()
}

// icsText escapes a text value (RFC 5545, 3.3.11).
func icsText(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`, "\r", "").Replace(s)
}

// fold breaks a line after at most 75 bytes, never inside a character (RFC 5545, 3.1).
func fold(b *strings.Builder, line string) {
	const limit = 75
	room := limit
	for line != "" {
		cut := min(room, len(line))
		for cut < len(line) && !utf8.RuneStart(line[cut]) {
			cut--
		}
		b.WriteString(line[:cut])
		line = line[cut:]
		b.WriteString("\r\n")
		if line != "" {
			b.WriteString(" ")
			room = limit - 1
		}
	}
}
