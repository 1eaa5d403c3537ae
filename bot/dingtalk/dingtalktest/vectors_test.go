package dingtalktest

import "testing"

// The vectors of the platform's documents and samples, and others made with openssl and Node.

func TestSignatures(t *testing.T) {
	for _, row := range []struct{ got, want string }{
		{Sign("1577262236757", "this is a secret"), "DJrE6qdyVGCQz9z5r2MDuNcNAhwYnuAkyj13cx169CA="},
		{Sign("1700000000000", "app-secret-for-test"), "wrWrEs7un5wPOLWBRdgPnhcXsFLO7EpEXG/JDn9AJWs="},
		{Sign("1700000000000", "SECabc123"), "N5P09a4+p1AMJIJWnIvQd2Yxw9+fu/oEBnPrjCcsLXk="},
		{CardSign("1577262236757", "example-secret"), "9EQUhx+gSqHfgSF/OnOV2ifDC9m1VzjPj00L/WOZeew="},
	} {
		if row.got != row.want {
			t.Errorf("%s, want %s", row.got, row.want)
		}
	}
}

func TestEventsOfTheDocuments(t *testing.T) {
	for name, v := range map[string]struct{ token, key, owner, stamp, nonce, sign, sealed, want string }{
		"V1": {"123456", "1234567890123456789012345678901234567890123", "dingsnotzck6pm5veliw", "1614767836", "A7Co0cJLMzIDtMMI",
			"9a95a004dd16f5c307e849b994173f76aa26e5eb", "YvkvaGe4hQxd3VxRmEty0dVlnCOAqwf56xwTRHDHoOURqhalbmBJQk5FNcRk42Gl5T0YQXZNwpwWSm1xAFJ5ZA==", "success"},
		"V2": {"123456", "4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij", "suite4xxxxxxxxxxxxxxx", "1445827045067", "nEXhMP4r",
			"5a65ceeef9aab2d149439f82dc191dd6c5cbe2c0",
			"1a3NBxmCFwkCJvfoQ7WhJHB+iX3qHPsc9JbaDznE1i03peOk1LaOQoRz3+nlyGNhwmwJ3vDMG+OzrHMeiZI7gTRWVdUBmfxjZ8Ej23JVYa9VrYeJ5as7XM/ZpulX8NEQis44w53h1qAgnC3PRzM7Zc/D6Ibr0rgUathB6zRHP8PYrfgnNOS9PhSBdHlegK+AGGanfwjXuQ9+0pZcy0w9lQ==",
			`{"EventType":"check_create_suite_url","Random":"LPIdSnlF","TestSuiteKey":"suite4xxxxxxxxxxxxxxx"}`},
		"V3": {"mryue", "Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7", "ding6ccabc44d2c8d38b", "1608001896814", "WL4PK6yA",
			"03044561471240d4a14bb09372dfcfd4fd0e40cb",
			"0vJiX6vliEpwG3U45CtXqi+m8PXbQRARJ8p8BbDuD1EMTDf0jKpQ79QS93qEk7XHpP6u+oTTrd15NRPvNvmBKyDCYxxOK+HZeKju4yhELOFchzNukR+t8SB/qk4ROMu3",
			`{"EventType":"check_url"}`},
		"V4": {"tokenxxxx", "o1w0aum42yaptlz8alnhwikjd3jenzt9cb9wmzptgus", "dingxxxxxx", "1605695694141", "WelUQl6bCqcBa2fM",
			"f36f4ba5337d426c7d4bca0dbcb06b3ddc1388fc", "X1VSe9cTJUMZu60d3kyLYTrBq5578ZRJtteU94wG0Q4Uk6E/wQYeJRIC0/UFW5Wkya1Ihz9oXAdLlyC9TRaqsQ==", "success"},
	} {
		if sign := eventSign(v.token, v.stamp, v.nonce, v.sealed); sign != v.sign {
			t.Errorf("%s: signature %s", name, sign)
		}
		if got, err := unseal(mustKey(v.key), v.sealed, v.owner); err != nil || got != v.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if _, err := unseal(mustKey(v.key), v.sealed, v.owner+"x"); err == nil {
			t.Errorf("%s: another owner reads it", name)
		}
	}
}

func TestSealedAsOthersSeal(t *testing.T) {
	key := mustKey("4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij")
	for name, v := range map[string]struct{ head, nonce, plain, sealed, sign string }{
		"A": {"0123456789abcdef", "nonce0001", `{"EventType":"check_url"}`,
			"HcA0QDKRG/U9FnFvX30Rg3cmHeq0C2cGbcAKqeLm0GR3PgT+O4U/IdQpmL45HaxvSEHvxwI1RiyFGWfTjIBhhg==", "8a93501c1a48943bfbb4b13731d491ca9871b527"},
		"B": {"fedcba9876543210", "nonce0001", "success",
			"B+N5/9IoV0UVcnIy5lrOKL7ZjO0CTzxTJBwbm1Tx4po3+aFwV8Bn2FaasD67yQhMAOMJ6iQ1D86OEP8JNPgV/Q==", "dd0f1b7630d17a73d14d0d2968480239b153e072"},
		"C": {"0123456789abcdef", "nonce0002",
			`{"EventType":"user_leave_org","EventTime":1663143335567,"CorpId":"ding9f50b15bxxxx16741","BizId":"1663000035567","eventId":"c7c7120f2c07419","timeStamp":"1685501863357","userId":["015xxxx227"]}`,
			"HcA0QDKRG/U9FnFvX30Rg6CKj4DKLt6RZlu/tidZ/nMqeQjxRxdf51Y9LOs41pNWRJPkrIDg9EUspnCOk9w4ryewA/26+AwRNixNgGAfHtbpAglU/0T6os98YRuiO8fBaZpSrPpJCGQ2K7jraQWPPz0Fr6GoQdzTCK+EKEjNAIaw8oSrSJIDmP0jHgG/7iz2YlpWsUl9lLneM4bAbK3AbZfk6RIDbFVuHzGZHZT0PaEoF1voUkPqoW7/oyjqvZb7hrLzLU1W1bCgNeWVNuGsj/oZc1sPCxhb1EKgVmSCiTsU+AK9jnGXa1oTfF8aIJR2VTpbKS52X3hl5cNhlcjvpw==",
			"70c2fd4676db00d8a28f094819ac5bed095e59a4"},
	} {
		sealed := seal(key, []byte(v.head), v.plain, "dingtestappkey01")
		if sealed != v.sealed {
			t.Errorf("%s: %s", name, sealed)
		}
		if sign := eventSign("mytoken123", "1700000000000", v.nonce, sealed); sign != v.sign {
			t.Errorf("%s: signature %s", name, sign)
		}
	}
}
