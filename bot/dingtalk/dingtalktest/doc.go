// Package dingtalktest is a faithful fake of DingTalk, as net/http/httptest is one of a client: both
// families of the API an organisation's own app uses, the gateway of Stream connections, the callbacks
// by HTTP with their signatures and ciphers, and the phones of its people. It keeps to what the
// platform's documents say, faults included: tokens taken back early, limits and monthly quotas, sends
// that are accepted and reach only some, tickets that open one connection within 90 seconds, frames to
// any one of several connections, disconnect frames, messages delivered again or lost.
//
// It shares no code with the adapter, its signatures and cipher included, so that neither can hide a
// fault of the other. Everything it finds wrong with a request that the platform would let pass it
// notes down: see Server.Problems. Where the documents leave a question open there is a switch.
package dingtalktest
