package domain

// Body is what a message says: text, or a card. Text is always set: where a platform cannot show
// the card it is what people read, with the typed form of each button.
type Body struct {
	Text string
	Card *Card `json:",omitempty"`
}

// Say makes a body of plain text.
func Say(text string) Body { return Body{Text: text} }

// Card is a message with facts and buttons, in no platform's terms.
type Card struct {
	Title    string
	Subtitle string   `json:",omitempty"`
	Facts    []Fact   `json:",omitempty"` // at most 6 are shown
	Text     string   `json:",omitempty"`
	Buttons  []Button `json:",omitempty"` // at most 6; none on a settled card
	Settled  string   `json:",omitempty"` // when not empty: what stands where the buttons were, e.g. "已由周国平同意"
}

// Fact is one labelled line of a card.
type Fact struct{ Label, Value string }

// Style says how loud a button is.
type Style string

// The styles of a button.
const (
	Primary Style = "primary"
	Plain   Style = "plain"
	Danger  Style = "danger"
)

// Button stands for a line the person could type: pressing it is saying Line. The line names the
// thing and its version ("同意 P7 v2"), so a stale card is seen as stale; authority is looked up
// when it is pressed, never taken from the button.
type Button struct {
	Label string
	Line  string
	Style Style
}
