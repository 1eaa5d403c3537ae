package wecom

import (
	"encoding/xml"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// wanted is a callback as encoding/xml reads it.
type wanted struct {
	XMLName  xml.Name `xml:"xml"`
	To       string   `xml:"ToUserName"`
	From     string   `xml:"FromUserName"`
	Created  string   `xml:"CreateTime"`
	Kind     string   `xml:"MsgType"`
	Agent    string   `xml:"AgentID"`
	MsgID    string   `xml:"MsgId"`
	Content  string   `xml:"Content"`
	Event    string   `xml:"Event"`
	EventKey string   `xml:"EventKey"`
	TaskID   string   `xml:"TaskId"`
	Response string   `xml:"ResponseCode"`
	Change   string   `xml:"ChangeType"`
	UserID   string   `xml:"UserID"`
	ID       string   `xml:"Id"`
	TagID    string   `xml:"TagId"`
	Batch    string   `xml:"JobId"`
	Encrypt  string   `xml:"Encrypt"`
}

func (r wanted) fields() []string {
	return []string{
		r.To, r.From, r.Created, r.Kind, r.Agent, r.MsgID, r.Content, r.Event, r.EventKey, r.TaskID, r.Response,
		r.Change, r.UserID, r.ID, r.TagID, r.Batch,
	}
}

func (in inbound) fields() []string {
	var out []string
	for _, b := range [][]byte{
		in.to, in.from, in.created, in.kind, in.agent, in.msgID, in.content, in.event, in.eventKey, in.taskID, in.response,
		in.change, in.userID, in.id, in.tagID, in.batchID,
	} {
		out = append(out, string(b))
	}
	return out
}

const textMessage = `<xml>
   <ToUserName><![CDATA[toUser]]></ToUserName>
   <FromUserName><![CDATA[fromUser]]></FromUserName>
   <CreateTime>1348831860</CreateTime>
   <MsgType><![CDATA[text]]></MsgType>
   <Content><![CDATA[this is a test]]></Content>
   <MsgId>1234567890123456</MsgId>
   <AgentID>1</AgentID>
</xml>`

// press is the platform's own sample with both spellings of its lists, which differ between pages.
const press = `<xml>
<ToUserName><![CDATA[toUser]]></ToUserName><FromUserName><![CDATA[FromUser]]></FromUserName><CreateTime>123456789</CreateTime>
<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[template_card_event]]></Event><EventKey><![CDATA[key111]]></EventKey>
<TaskId><![CDATA[taskid111]]></TaskId><CardType><![CDATA[text_notice]]></CardType><ResponseCode><![CDATA[ResponseCode]]></ResponseCode><AgentID>1</AgentID>
<SelectedItems><SelectedItem><QuestionKey><![CDATA[QuestionKey1]]></QuestionKey>
<OptionIds><OptionId><![CDATA[OptionId1]]></OptionId><OptionId><![CDATA[OptionId2]]></OptionId></OptionIds></SelectedItem>
<SelectedItem><QuestionKey/><OpitonIds><OpitonId>OptionId3</OpitonId></OpitonIds></SelectedItem></SelectedItems>
</xml>`

// documents are pairs of a document and whether it is taken.
var documents = []struct {
	name, doc string
	taken     bool
}{
	{"text", textMessage, true},
	{"press with lists in both spellings", press, true},
	{"byte order mark", "\xEF\xBB\xBF" + textMessage, true},
	{"declaration", `<?xml version="1.0" encoding="UTF-8"?>` + textMessage, true},
	{"other declaration", `<?xml version="1.1"?>` + textMessage, false},
	{"plain text with references", `<xml><Content>a &lt;b&gt; &amp;amp; &quot;&apos; &#20013;&#x6587;</Content></xml>`, true},
	{"CDATA split around its end", `<xml><Content><![CDATA[a]]]]><![CDATA[>b]]></Content></xml>`, true},
	{"CDATA beside text", "<xml><Content> a\r<![CDATA[\nb]]>\r\nc&#13;\n</Content></xml>", true},
	{"CDATA with markup", `<xml><Content><![CDATA[</Content><MsgId>7</MsgId>]]></Content></xml>`, true},
	{"CDATA in CDATA", `<xml><Content><![CDATA[<![CDATA[x]]></Content></xml>`, true},
	{"carriage returns", "<xml><Content><![CDATA[a\r\nb\rc]]></Content></xml>", true},
	{"control characters pasted", "<xml><Content><![CDATA[a\x08b\x00c\x1f]]></Content></xml>", true},
	{"not a character", "<xml><Content>a\uFFFEb\uFFFF</Content></xml>", true},
	{"closed at once", `<xml><Content/><MsgId /></xml>`, true},
	{"spaces in tags", "<xml ><Content\n>x</Content\t></xml >", true},
	{"empty", `<xml></xml>`, true},
	{"field twice", `<xml><Content>a</Content><Content>b</Content></xml>`, false},
	{"field with a child", `<xml><Content>a<b/></Content></xml>`, false},
	{"unknown field twice", `<xml><X>a</X><X>b</X></xml>`, true},
	{"DOCTYPE", `<!DOCTYPE xml><xml></xml>`, false},
	{"entity bomb", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><Content>&b;</Content></xml>`, false},
	{"external entity", `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>`, false},
	{"unknown reference", `<xml><Content>&nbsp;</Content></xml>`, false},
	{"reference to a control character", `<xml><Content>&#8;</Content></xml>`, false},
	{"reference to a surrogate", `<xml><Content>&#xD800;</Content></xml>`, false},
	{"reference too large", `<xml><Content>&#x110000;</Content></xml>`, false},
	{"reference with a sign", `<xml><Content>&#+65;</Content></xml>`, false},
	{"reference with a low line", `<xml><Content>&#6_5;</Content></xml>`, false},
	{"bare ampersand", `<xml><Content>a & b</Content></xml>`, false},
	{"bare end of CDATA", `<xml><Content>a ]]> b</Content></xml>`, false},
	{"comment", `<xml><!-- x --><Content>a</Content></xml>`, false},
	{"comment in a field", `<xml><Content>a<!-- x -->b</Content></xml>`, false},
	{"processing instruction", `<xml><?x y?></xml>`, false},
	{"attribute", `<xml><Content a="b">x</Content></xml>`, false},
	{"prefix", `<xml><a:Content>x</a:Content></xml>`, false},
	{"other root", `<html></html>`, false},
	{"text beside the fields", `<xml>x<Content>a</Content></xml>`, false},
	{"text after the root", `<xml></xml>x`, false},
	{"two roots", `<xml></xml><xml></xml>`, false},
	{"not closed", `<xml><Content>a</Content>`, false},
	{"closed crosswise", `<xml><a><b></a></b></xml>`, false},
	{"CDATA not closed", `<xml><Content><![CDATA[a</Content></xml>`, false},
	{"not UTF-8", "<xml><Content>\xff</Content></xml>", false},
	{"surrogate in UTF-8", "<xml><Content>\xed\xa0\x80</Content></xml>", false},
	{"deep", "<xml>" + strings.Repeat("<a>", 1e5) + strings.Repeat("</a>", 1e5) + "</xml>", false},
	{"nothing", "", false},
}

func TestInnerXML(t *testing.T) {
	for _, d := range documents {
		t.Run(d.name, func(t *testing.T) {
			in, err := parseInbound([]byte(d.doc))
			if taken := err == nil; taken != d.taken {
				t.Fatalf("taken %v, want %v (%v)", taken, d.taken, err)
			}
			if !d.taken {
				if !errors.Is(err, ErrEnvelope) {
					t.Errorf("error %v", err)
				}
				return
			}
			agree(t, in, d.doc)
		})
	}
}

// agree fails the test unless encoding/xml reads the same fields.
func agree(t *testing.T, in inbound, doc string) {
	t.Helper()
	clean, ok := strip([]byte(doc))
	if !ok {
		t.Fatalf("taken although not UTF-8: %q", doc)
	}
	var want wanted
	if err := xml.Unmarshal(clean, &want); err != nil {
		t.Fatalf("taken although encoding/xml says %v: %q", err, doc)
	}
	if got := in.fields(); !slices.Equal(got, want.fields()) {
		t.Fatalf("of %q\n got %q\nwant %q", doc, got, want.fields())
	}
}

// FuzzInnerXML holds the byte scanner to encoding/xml: the same fields, or a refusal.
func FuzzInnerXML(f *testing.F) {
	for _, d := range documents {
		if len(d.doc) < 4096 {
			f.Add(d.doc)
		}
	}
	f.Fuzz(func(t *testing.T, doc string) {
		in, err := parseInbound([]byte(doc))
		if err != nil {
			return
		}
		agree(t, in, doc)
		if m, ok, err := in.message(1); err == nil && ok {
			if !utf8.ValidString(m.Text) || m.ID == "" || m.From.User == "" {
				t.Fatalf("message %+v", m)
			}
		}
	})
}

// FuzzEnvelope does the same for the outside of a callback, where nothing is stripped first.
func FuzzEnvelope(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.body())
	}
	for _, d := range documents {
		if len(d.doc) < 4096 {
			f.Add([]byte(strings.ReplaceAll(d.doc, "Content", "Encrypt")))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := parseEnvelope(body)
		if err != nil {
			return
		}
		var want wanted
		if err := xml.Unmarshal(body, &want); err != nil {
			// The envelope may hold what no XML may: only base64 survives in the end.
			if len(e.encrypt) > 0 && !strings.ContainsFunc(string(body), func(r rune) bool { return r == utf8.RuneError || !legal(r) }) {
				t.Fatalf("taken although encoding/xml says %v: %q", err, body)
			}
			return
		}
		if string(e.to) != want.To || string(e.agent) != want.Agent || string(e.encrypt) != want.Encrypt {
			t.Fatalf("of %q: %q, want %+v", body, e, want)
		}
	})
}

func TestScannerIsQuick(t *testing.T) {
	doc := []byte(textMessage)
	buf := make([]byte, len(doc))
	n := testing.AllocsPerRun(100, func() {
		copy(buf, doc)
		if _, err := parseInbound(buf); err != nil {
			t.Fatal(err)
		}
	})
	if n > 0 {
		t.Errorf("%v allocations to read a message, want none", n)
	}
}
