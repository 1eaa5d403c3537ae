// Package storage keeps what the office decided: one set of queries on PostgreSQL and on the
// embedded SQLite.
//
// Three promises rest on it. A message answered is kept: the answer is committed together with
// everything the decision changed, under the message's id. A kept message has one effect: the same
// id gets the same answer again, however often, on however many replicas at once. A notice is told
// at least once: it is written in the transaction of the decision and leaves the outbox only when a
// platform has accepted it.
//
// Nothing here reads a clock: every instant is an argument, kept in UTC to the microsecond.
package storage
