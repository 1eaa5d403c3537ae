// Package link is what every adapter needs to speak with a chat platform over the network, and what no
// platform has of its own: messages in work and late answers (Flights), calls that say whether they may
// have been done (Client), the access token (Tokens), limits per person (Limiter), the
// outgoing connection (Socket), text fit to show
// (Clean), a log that a flood cannot fill (Log). The platforms' words are the adapters'.
package link
