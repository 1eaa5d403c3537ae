// Package wecomtest is a faithful fake of WeCom, as net/http/httptest is one of a client: the
// server side of the API a self-built app uses, and the phones of its members. It keeps to what the
// platform's documents say, faults included: tokens that expire early, requests delivered once
// within their duplicate window, response codes that work once, people beyond the visible range,
// messages dropped without a word, callbacks delivered again.
//
// It shares no code with the adapter, its cipher included, so that neither can hide a fault of the
// other. Everything it finds wrong with a request that the platform would let pass it notes down:
// see Server.Problems.
package wecomtest
