package wecom

import (
	"fmt"
	"time"

	"trainingbot/bot/chat"
)

// APIError is a refusal of the platform: an answer with errcode ≠ 0. It is the Err of a
// chat.SendError. Message is the platform's own, with its hint id, and never holds a token.
type APIError struct {
	Code    int64
	Message string
}

// Error gives code and message.
func (e *APIError) Error() string { return fmt.Sprintf("errcode %d: %s", e.Code, e.Message) }

// The codes this package tells apart (document 90313).
const (
	codeBusy             = -1
	codeConflict         = 6000
	codeBadSecret        = 40001
	codeBadCorp          = 40013
	codeBadToken         = 40014
	codeOtherSecret      = 40091
	codeNoToken          = 41001
	codeTokenExpired     = 42001
	codeTooMany          = 45009
	codeTooParallel      = 45033
	codeCodeUsed         = 60140
	codeAllInvalid       = 81013
	codeNoReceiver       = 82001
	codeTooManyReceivers = 40032
	codeMissingContent   = 44004
	codeTaskTaken        = 42014  // or malformed
	codeNotSubscribed    = 846609 // seen in the field, not in the documents
)

// tokenRefused are the codes that a fresh token cures. 40014 means a forged token in the documents
// and has been seen for an expired one.
func tokenRefused(code int64) bool {
	return code == codeBadToken || code == codeTokenExpired || code == codeNoToken
}

// secretRefused are the codes of a wrong secret. Several of them block our address for an hour.
func secretRefused(code int64) bool {
	return code == codeBadSecret || code == codeBadCorp || code == codeOtherSecret
}

// classify says what another try can do about a code. What the documents do not list is worth a
// few tries more; how many is the caller's rule.
func classify(code int64) chat.Class {
	switch code {
	case codeBusy, codeConflict, codeTooParallel, codeBadToken, codeTokenExpired, codeNoToken:
		return chat.Retry
	case codeTooMany:
		return chat.Wait
	case codeCodeUsed:
		return chat.Gone
	case codeBadSecret, codeBadCorp, codeOtherSecret, 40056, // app or its secret
		43012,                      // the app has no callback URL
		48001, 48002, 48005, 48006, // API not allowed, retired, withdrawn
		48009, 50001, 50003, // contact secret, trusted domain, app off
		60020,        // our address is not trusted
		80001, 85005, // domain ownership
		93000, 93004, 93008, // group robot
		301002, 301007: // another app's token, corp dissolved
		return chat.Misset
	}
	if permanent(code) {
		return chat.Permanent
	}
	return chat.Retry
}

// permanent are the codes by which the platform says that this very request will never pass.
func permanent(code int64) bool {
	switch {
	case 40003 <= code && code <= 40009, 40016 <= code && code <= 40063, // parameters
		41002 <= code && code <= 41033,                                                // missing parameters
		42003 <= code && code <= 42052,                                                // codes, cards
		45001 <= code && code <= 45008, 45022 <= code && code <= 45032, code == 45034, // sizes
		60003 <= code && code <= 60019, 60021 <= code && code <= 60139, // people, departments
		81011 <= code && code <= 81013, 82001 <= code && code <= 82104, // receivers
		86001 <= code && code <= 86224:
		return true
	}
	switch code {
	case 40201, 40206, 43004, 43009, 44001, codeMissingContent, 46003, 46004, 50002, 85002, 301021, 830002, 846605:
		return true
	}
	return false
}

func sendError(op string, class chat.Class, err error) *chat.SendError {
	return &chat.SendError{Platform: Name, Op: op, Class: class, Err: err}
}

func waitError(op string, code int64, after time.Duration, err error) *chat.SendError {
	return &chat.SendError{Platform: Name, Op: op, Class: chat.Wait, Code: code, After: after, Err: err}
}
