package wecom

// vector is a known answer: the official samples of the platform's own libraries and of others that
// were checked against its debugging tool, and boundary cases made with the npm package @wecom/crypto.
type vector struct {
	name                                 string
	token, key, receiver                 string
	timestamp, nonce, signature, encrypt string
	plain                                string
	random                               string // hex of the 16 bytes before the message
}

var vectors = []vector{
	{
		"V1 echo",
		"QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7",
		"1409659589", "263014780", "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
		"P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
		"1616140317555161061",
		"63343162363434393163323436386430",
	},
	{
		"V1 message",
		"QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7",
		"1409659813", "1372623149", "477715d11cdb4164915debcba66cb864d751f3e6",
		"RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==",
		"<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>\n<FromUserName><![CDATA[mycreate]]></FromUserName>\n<CreateTime>1409659813</CreateTime>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[hello]]></Content>\n<MsgId>4561255354251345929</MsgId>\n<AgentID>218</AgentID>\n</xml>",
		"30393630363838393332633437656631",
	},
	{
		"V2 echo",
		"hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo", "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt", "ww1436e0e65a779aee",
		"1476416373", "47744683", "012bc692d0a58dd4b10f8dfe5c4ac00ae211ebeb",
		"fsi1xnbH4yQh0+PJxcOdhhK6TDXkjMyhEPA7xB2TGz6b+g7xyAbEkRxN/3cNXW9qdqjnoVzEtpbhnFyq6SVHyA==",
		"1288432023552776189",
		"38393038643066663035326166646130",
	},
	{
		"V3 echo",
		"kjr2TKI8umCBfVF3wAHk8JiPwma5VBme", "4Ma3YBrSBbX2aez8MJpXGBne5LSDwgGqHbhM9WPYIws", "ww6a112864f8022910",
		"1583940690", "VHh7ymSeb0jc4lSb", "1ba3cb09c0d2c2b3ed6900d37f91a6efae6cb011",
		"6KmUQuPVu7UhjyVqRdbo5SfcRqaHvbUlKSHFvBV2ZuR6TIlKsygcfeSd1GDplg1C5KSKr6UPHCaC/nIX3ZNt9w==",
		"94966531020182955848408",
		"35514d735963776a5239357432766d43",
	},
	{
		"V4 message, raw random bytes",
		"kz7Yx62CH8SaLN", "cD0d7jx4tYvVtzqrmh3Dm3QFCXe6f8SlHoMtMh3qQEP", "ww6a112864f8022910",
		"1583995625", "1584392382", "f265ae551b1932727204c3d707628d01376a6940",
		"EUCt7xMcNiyASzZj0Hjc5yDjFQrCum6AfQ3ntHiUzjGQ51xieKmbvtrZ40/EcB2W/W8yH0n4Lqx48gJl/T9HD/R309I0P/r5pIZucK3lyEn48FYMr4YdE0QdL2jIJ3xkcXUr6uzefzCxG6lMvwpAJaOyVCzN7sRRw47njfxy5EIqU6R9ZBhlTzfdnhhOhK/nTwzrZX3SoGlXFA9OBeZ6ru1NWpXFk76x9DUMe0lcxPPiUqK8ctnQcYXSGUHVqC6DfG7E7mab0OmruNN8cBZY5d3dYOBA4OgaH55Q0AJmUpdT8vNiXpXx+6TxT3TIjySXpDrHVyrsb772aYywgg/Nu4kUmGkALwFZlzhjNegR7wDwb9lr4ERXsSSS8JZ8lbBmaQ3F2Tq584xoPj5rIhXAF734ynm4no1g+SdHiNqR328=",
		"<xml><ToUserName><![CDATA[ww6a112864f8022910]]></ToUserName><FromUserName><![CDATA[foobar]]></FromUserName><CreateTime>1583995625</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[x123]]></Content><MsgId>2018405441</MsgId><AgentID>1000002</AgentID></xml>",
		"21e33070c56d1ca4e4fa84ace71334f6",
	},
	{
		"V6 pad 1",
		"QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wwtestcorp",
		"1409659813", "1372623149", "7d6d5fa42006326862ab0c63e36ae65dbe2218ce",
		"sKqRbbiSUnDhFHOvPjtUMX2eVD28udcxqIhQmrpDY2c=",
		"a",
		"30313233343536373839616263646566",
	},
	{
		"V6 pad 32",
		"QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wwtestcorp",
		"1409659813", "1372623149", "1157dac120c3d5d638c2a4d3ed814c68d20c02e3",
		"sKqRbbiSUnDhFHOvPjtUMXaC08tyQVwtG2KVYq+IDg1icOzzpgQqPNGGsttSG7JYFPRVa6wTSQuEpxzXzTfzug==",
		"ab",
		"30313233343536373839616263646566",
	},
	{
		"V6 UTF-8, length 6",
		"QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wwtestcorp",
		"1409659813", "1372623149", "bb282e8c5fadf580eecb5a5ec9f6e94031e77671",
		"sKqRbbiSUnDhFHOvPjtUMWQpGgScW5/bhNJDyBR81cSQlBLFz0e7dKWlrEqhsAliCnsMCe5wsYweuWJxEXXNKQ==",
		"签到",
		"30313233343536373839616263646566",
	},
	{
		"V6 msgLen 0",
		"QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wwtestcorp",
		"1409659813", "1372623149", "942c85934971fd1907ea880866ed590a3b7b04f8",
		"sKqRbbiSUnDhFHOvPjtUMW81YxTxDzg1mOWlYhGHZc8=",
		"",
		"30313233343536373839616263646566",
	},
	{
		"V6 AI bot",
		"QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "",
		"1409659813", "1372623149", "bac6d65dae052a6f343b55f89cd34c8c8573f1bb",
		"sKqRbbiSUnDhFHOvPjtUMXwcNQzHVFNeLGShu75XAxnlReSDiqIMxFSwaGouVQm/TLf+6IgUPvQBjguiS7rgiw==",
		"{\"msgtype\":\"text\"}",
		"30313233343536373839616263646566",
	},
	{
		"V6 hello",
		"QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wwtestcorp",
		"1409659813", "1372623149", "190c1afd0b161337c13066b46b1af8e5801738ba",
		"sKqRbbiSUnDhFHOvPjtUMe5VPqjv6Kc+iYsTGhzrVi/3vNWJ/wxyzkHrbivqBUytKiXqqAajZlt1l1rterHp/Q==",
		"hello",
		"30313233343536373839616263646566",
	},
}

// foreign is signed and sealed with the token and key of V4, for another corp.
var foreign = vector{
	name: "V4 of another corp", token: "kz7Yx62CH8SaLN", key: "cD0d7jx4tYvVtzqrmh3Dm3QFCXe6f8SlHoMtMh3qQEP", receiver: "wwf181555a13a31443",
	timestamp: "1583995625", nonce: "1584392382", signature: "a44d1b7dc3dc4b02edd99dc32afa6a26be7c92f6",
	encrypt: "fyVN9BUnH6xNl0/VCHTCg6XGxxvoFdyZ7VQbAbBcQ79dVccYvdIyJYZSMMhkPy8LPaoe+V27qjoQ553fXavmrPOgxzHrKKf3YIu63pB4/nN0LY4S+GzUFi/LLFj1TI1sOh0q2jT5u1nYz5G3HFNLd3DFUvJVLtZl8mVMwUOzBpzKZhhmCvIJLVlvym9tt+VYwG06MSbmnf9AzYFKhm1BIy+95Q824ilY6Wy8l+vkFqEdASl2k83jMXvlkVRSB3hmNptWTbq8ygDdLtkCyA4UEiZvfTskqqVkbYwLptRl/1F+DVL9SH/TWt2j3dCm4rzY5jQG+fA+2xh2Kk+OrVgafqtQCfhjq8C38A2IwCcg2BONKk8s5ijFxQoszmXvJQ3zLYbjzRWQ40xhryDyPNNse7/slKVW2QMBEUPNOxUcX9k=",
}

// signedOnly has a published token and no key.
var signedOnly = vector{
	name: "V5", token: "ovAkP0Tb", timestamp: "1628737717", nonce: "1811081856", signature: "8128e41a38892d814e4aa67753425da9dc8ec2b3",
	encrypt: "Q/jUxIL3/jRaFeTKesIr1QSq2SOEApDqlzcRrRM6Jlk4EbMBns3plPOR/W3gThOEq+zYI42fNSoIUb3cQwt9zyD1aLU/7D3WNLute7LQ9LSHjZEfVmx5zcIR9zvrUWGjhe1whTPH4e1WR6vbOYs8o/bDRF0vX/NcE4XK7P83Y6CzQiJoKbjVCne84s0zcw5eh+ZUDB55eaDHPSoS7kAC8kB00pfBoDF0jyfc8CUKLW97e72vJGyUWjZ0BvYN+R+tFjMgEzg/EN1imuuFnf40DMAcvB6y+C97TuaWjpgfRdowGWzn10JAFNukRfQqjdA0e2bfczJ7+t9w/t8/XSMADJOt1xbnP+I5cRX/r7ueBGmG/6ejP3myO9yTXHdujGvwrXHuWw+J7qD4VoUVjbm2vQ1qQKbrweKssr6O+3XSbanZ5R3n26EpN/gfgX+r6rcGViqsFop9Ai9xMnfJUubB6Q==",
}
