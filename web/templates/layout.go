package templates

// htmxConfig is read by htmx when it starts. Its indicator styles are ours (app.css); Back loads the page anew, which
// keeps one way to draw a page; the only extension it takes is the one in app.js.
const htmxConfig = `{"mode":"same-origin","includeIndicatorCSS":false,"history":"reload","extensions":"app"}`

// productName is the name in the title and beside the mark.
const productName = "Wallaroo User Admin"

// currentWord tells the page itself from a page of its section.
func currentWord(here bool) string {
	if here {
		return "page"
	}
	return "true"
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func yesNo(yes bool) string {
	if yes {
		return "true"
	}
	return "false"
}
