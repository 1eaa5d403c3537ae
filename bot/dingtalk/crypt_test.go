package dingtalk

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestSigns holds the signatures to values computed with other languages' libraries.
func TestSigns(t *testing.T) {
	for _, r := range []struct {
		sign               func(string, string) string
		secret, stamp, out string
	}{
		{RobotSign, "this is a secret", "1577262236757", "DJrE6qdyVGCQz9z5r2MDuNcNAhwYnuAkyj13cx169CA="},
		{RobotSign, "app-secret-for-test", "1700000000000", "wrWrEs7un5wPOLWBRdgPnhcXsFLO7EpEXG/JDn9AJWs="},
		{RobotSign, "SECabc123", "1700000000000", "N5P09a4+p1AMJIJWnIvQd2Yxw9+fu/oEBnPrjCcsLXk="},
		{CardSign, "example-secret", "1577262236757", "9EQUhx+gSqHfgSF/OnOV2ifDC9m1VzjPj00L/WOZeew="},
	} {
		if got := r.sign(r.stamp, r.secret); got != r.out {
			t.Errorf("%s %s: %s, want %s", r.secret, r.stamp, got, r.out)
		}
	}
}

func TestFreshness(t *testing.T) {
	const stamp, secret = "1700000000000", "app-secret-for-test"
	sign := RobotSign(stamp, secret)
	at := time.UnixMilli(1700000000000)
	for _, r := range []struct {
		name                string
		stamp, sign, secret string
		now                 time.Time
		want                error
	}{
		{"now", stamp, sign, secret, at, nil},
		{"an hour later", stamp, sign, secret, at.Add(time.Hour), nil},
		{"an hour before", stamp, sign, secret, at.Add(-time.Hour), nil},
		{"more than an hour later", stamp, sign, secret, at.Add(time.Hour + time.Millisecond), ErrStale},
		{"more than an hour before", stamp, sign, secret, at.Add(-time.Hour - time.Millisecond), ErrStale},
		{"another stamp", "1700000000001", sign, secret, at, ErrSignature},
		{"another signature", stamp, "x" + sign[1:], secret, at, ErrSignature},
		{"nothing", "", "", secret, at, ErrSignature},
		{"no secret is set", stamp, RobotSign(stamp, ""), "", at, ErrSignature},
	} {
		if got := verify(r.stamp, r.sign, RobotSign(r.stamp, r.secret), r.secret, r.now); !errors.Is(got, r.want) {
			t.Errorf("%s: %v, want %v", r.name, got, r.want)
		}
	}
	if err := verify("x", RobotSign("x", secret), RobotSign("x", secret), secret, at); !errors.Is(err, ErrStale) {
		t.Errorf("a stamp that is no number: %v", err)
	}
}

// sealed is one sealed event: the official samples, and three of the same cipher made by hand.
type sealed struct {
	name, token, key, owner, stamp, nonce, encrypt, signature, plain, random string
}

const ownKey = "4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij"

func samples() []sealed {
	return []sealed{
		{"v1", "123456", "1234567890123456789012345678901234567890123", "dingsnotzck6pm5veliw", "1614767836", "A7Co0cJLMzIDtMMI",
			"YvkvaGe4hQxd3VxRmEty0dVlnCOAqwf56xwTRHDHoOURqhalbmBJQk5FNcRk42Gl5T0YQXZNwpwWSm1xAFJ5ZA==", "9a95a004dd16f5c307e849b994173f76aa26e5eb", "success", "dICkEDLj0eb6yAbc"},
		{"v2", "123456", ownKey, "suite4xxxxxxxxxxxxxxx", "1445827045067", "nEXhMP4r",
			"1a3NBxmCFwkCJvfoQ7WhJHB+iX3qHPsc9JbaDznE1i03peOk1LaOQoRz3+nlyGNhwmwJ3vDMG+OzrHMeiZI7gTRWVdUBmfxjZ8Ej23JVYa9VrYeJ5as7XM/ZpulX8NEQis44w53h1qAgnC3PRzM7Zc/D6Ibr0rgUathB6zRHP8PYrfgnNOS9PhSBdHlegK+AGGanfwjXuQ9+0pZcy0w9lQ==",
			"5a65ceeef9aab2d149439f82dc191dd6c5cbe2c0", `{"EventType":"check_create_suite_url","Random":"LPIdSnlF","TestSuiteKey":"suite4xxxxxxxxxxxxxxx"}`, ""},
		{"v3", "mryue", "Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7", "ding6ccabc44d2c8d38b", "1608001896814", "WL4PK6yA",
			"0vJiX6vliEpwG3U45CtXqi+m8PXbQRARJ8p8BbDuD1EMTDf0jKpQ79QS93qEk7XHpP6u+oTTrd15NRPvNvmBKyDCYxxOK+HZeKju4yhELOFchzNukR+t8SB/qk4ROMu3",
			"03044561471240d4a14bb09372dfcfd4fd0e40cb", `{"EventType":"check_url"}`, ""},
		{"v4", "tokenxxxx", "o1w0aum42yaptlz8alnhwikjd3jenzt9cb9wmzptgus", "dingxxxxxx", "1605695694141", "WelUQl6bCqcBa2fM",
			"X1VSe9cTJUMZu60d3kyLYTrBq5578ZRJtteU94wG0Q4Uk6E/wQYeJRIC0/UFW5Wkya1Ihz9oXAdLlyC9TRaqsQ==", "f36f4ba5337d426c7d4bca0dbcb06b3ddc1388fc", "success", ""},
		{"own a", "mytoken123", ownKey, "dingtestappkey01", "1700000000000", "nonce0001",
			"HcA0QDKRG/U9FnFvX30Rg3cmHeq0C2cGbcAKqeLm0GR3PgT+O4U/IdQpmL45HaxvSEHvxwI1RiyFGWfTjIBhhg==", "8a93501c1a48943bfbb4b13731d491ca9871b527", `{"EventType":"check_url"}`, "0123456789abcdef"},
		{"own b", "mytoken123", ownKey, "dingtestappkey01", "1700000000000", "nonce0001",
			"B+N5/9IoV0UVcnIy5lrOKL7ZjO0CTzxTJBwbm1Tx4po3+aFwV8Bn2FaasD67yQhMAOMJ6iQ1D86OEP8JNPgV/Q==", "dd0f1b7630d17a73d14d0d2968480239b153e072", "success", "fedcba9876543210"},
		{"own c", "mytoken123", ownKey, "dingtestappkey01", "1700000000000", "nonce0002",
			"HcA0QDKRG/U9FnFvX30Rg6CKj4DKLt6RZlu/tidZ/nMqeQjxRxdf51Y9LOs41pNWRJPkrIDg9EUspnCOk9w4ryewA/26+AwRNixNgGAfHtbpAglU/0T6os98YRuiO8fBaZpSrPpJCGQ2K7jraQWPPz0Fr6GoQdzTCK+EKEjNAIaw8oSrSJIDmP0jHgG/7iz2YlpWsUl9lLneM4bAbK3AbZfk6RIDbFVuHzGZHZT0PaEoF1voUkPqoW7/oyjqvZb7hrLzLU1W1bCgNeWVNuGsj/oZc1sPCxhb1EKgVmSCiTsU+AK9jnGXa1oTfF8aIJR2VTpbKS52X3hl5cNhlcjvpw==",
			"70c2fd4676db00d8a28f094819ac5bed095e59a4", `{"EventType":"user_leave_org","EventTime":1663143335567,"CorpId":"ding9f50b15bxxxx16741","BizId":"1663000035567","eventId":"c7c7120f2c07419","timeStamp":"1685501863357","userId":["015xxxx227"]}`, "0123456789abcdef"},
	}
}

func TestSealedEvents(t *testing.T) {
	for _, v := range samples() {
		c, err := NewEventCrypt(v.token, v.key, v.owner)
		if err != nil {
			t.Fatalf("%s: %v", v.name, err)
		}
		if got, err := c.Open(v.signature, v.stamp, v.nonce, v.encrypt); err != nil || got != v.plain {
			t.Errorf("%s: %q, %v", v.name, got, err)
		}
		if v.random != "" {
			if got := c.seal([]byte(v.random), v.plain); got != v.encrypt {
				t.Errorf("%s sealed: %s", v.name, got)
			}
		}
		for name, broken := range map[string][4]string{
			"signature": {"x" + v.signature[1:], v.stamp, v.nonce, v.encrypt},
			"stamp":     {v.signature, v.stamp + "1", v.nonce, v.encrypt},
			"nonce":     {v.signature, v.stamp, v.nonce + "x", v.encrypt},
			"body":      {v.signature, v.stamp, v.nonce, "A" + v.encrypt[1:]},
		} {
			if _, err := c.Open(broken[0], broken[1], broken[2], broken[3]); !errors.Is(err, ErrSignature) && name != "signature" || err == nil {
				t.Errorf("%s with another %s: %v", v.name, name, err)
			}
		}
		other, _ := NewEventCrypt(v.token, v.key, "another")
		if _, err := other.Open(v.signature, v.stamp, v.nonce, v.encrypt); !errors.Is(err, ErrReceiver) {
			t.Errorf("%s for another owner: %v", v.name, err)
		}
		two, _ := NewEventCrypt(v.token, v.key, "another", v.owner)
		if _, err := two.Open(v.signature, v.stamp, v.nonce, v.encrypt); err != nil {
			t.Errorf("%s for the second owner: %v", v.name, err)
		}
	}
}

// TestSealedGarbage: signed by somebody who has the token and not the key; nothing may panic.
func TestSealedGarbage(t *testing.T) {
	c, _ := NewEventCrypt("mytoken123", ownKey, "dingtestappkey01")
	for _, encrypt := range []string{"", "AAAA", "not base64", strings.Repeat("A", 44), strings.Repeat("Zm9v", 16), c.seal(make([]byte, 16), "")[:64]} {
		_, err := c.Open(c.Signature("1", "2", encrypt), "1", "2", encrypt)
		if err == nil {
			t.Errorf("%q is opened", encrypt)
		}
	}
}

func TestSuccessOpens(t *testing.T) {
	c, _ := NewEventCrypt("mytoken123", ownKey, "dingtestappkey01")
	a := c.Success(time.UnixMilli(1700000000000))
	if got, err := c.Open(a.Signature, a.TimeStamp, a.Nonce, a.Encrypt); err != nil || got != "success" || a.TimeStamp != "1700000000000" {
		t.Errorf("%q, %v, %+v", got, err, a)
	}
	if b := c.Success(time.UnixMilli(1700000000000)); b.Encrypt == a.Encrypt || b.Nonce == a.Nonce {
		t.Error("two answers are sealed alike")
	}
	for _, bad := range [][2]string{{"x", ownKey}, {"mytoken123", "short"}, {"mytoken123", strings.Repeat("!", 43)}} {
		if _, err := NewEventCrypt(bad[0], bad[1], "o"); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}
