package templates

// Tone is the meaning of a note, a tag or a toast. It comes with an icon and with words, never alone.
type Tone string

// The tones.
const (
	ToneInfo Tone = "info"
	ToneOK   Tone = "ok"
	ToneWarn Tone = "warn"
	ToneBad  Tone = "bad"
)

// toneIcon is the symbol of a tone; a tone is never shown by its colour alone.
func toneIcon(t Tone) string {
	switch t {
	case ToneOK:
		return "ok"
	case ToneWarn:
		return "alert"
	case ToneBad:
		return "bad"
	case ToneInfo:
		return "info"
	default:
		return "minus"
	}
}
