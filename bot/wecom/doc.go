// Package wecom speaks with WeCom (企业微信) as a self-built app (自建应用): it verifies, opens and
// answers callbacks (NewCallback) and sends texts and cards (New). Where nothing can call from outside it
// speaks as an AI bot (智能机器人) over a connection of its own (NewBot), documents 100719, 101027, 101031,
// 101032 and 101463.
//
// The wire follows the platform's documents 90930 and 96238 (callbacks), 90239 to 90241 (messages,
// events, passive replies), 90236 (sending), 94888 (card updates), 91039 (tokens) and 90313 (codes).
// Where they are silent the safe reading is taken, and the comment there says so.
//
// The cipher of a callback, AES-256-CBC with an IV that is part of the key, has no integrity of its
// own. That is the platform's protocol; the signature, which covers the ciphertext, is therefore
// checked before anything is decrypted, and every forgery gets the same empty 403.
package wecom
