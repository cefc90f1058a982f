package templates

// Tone is the meaning of a note, a tag or a toast. It is shown by an icon and words besides its colour.
type Tone string

// The tones.
const (
	ToneInfo Tone = "info"
	ToneOK   Tone = "ok"
	ToneWarn Tone = "warn"
	ToneBad  Tone = "bad"
)

// icon returns the id of its symbol in icons.svg.
func (t Tone) icon() string {
	if t == ToneWarn {
		return "alert"
	}
	return string(t)
}
