const SPEEDS = '0.5 0.75 1 1.25 1.5 1.75 2'

// The gear of Material Symbols (Apache-2.0); media-chrome's own sign for settings is three dots, which say "more".
const GEAR = `<svg slot="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M19.14 12.94c.04-.3.06-.61.06-.94s-.02-.64-.07-.94l2.03-1.58a.5.5 0 0 0 .12-.61l-1.92-3.32a.5.5 0 0 0-.59-.22l-2.39.96a7 7 0 0 0-1.62-.94l-.36-2.54a.48.48 0 0 0-.48-.41h-3.84a.48.48 0 0 0-.47.41l-.36 2.54a7 7 0 0 0-1.62.94l-2.39-.96a.5.5 0 0 0-.59.22L2.74 8.87a.48.48 0 0 0 .12.61l2.03 1.58a7.6 7.6 0 0 0 0 1.88l-2.03 1.58a.5.5 0 0 0-.12.61l1.92 3.32c.12.22.37.29.59.22l2.39-.96c.5.38 1.03.7 1.62.94l.36 2.54c.05.24.24.41.48.41h3.84c.24 0 .44-.17.47-.41l.36-2.54a7 7 0 0 0 1.62-.94l2.39.96c.22.08.47 0 .59-.22l1.92-3.32a.48.48 0 0 0-.12-.61zM12 15.6a3.6 3.6 0 1 1 0-7.2 3.6 3.6 0 0 1 0 7.2"/></svg>`

/** The controls that the script adds to the player; the page that the server sends stays small and works without. */
export const CONTROLS = `
<media-loading-indicator slot="centered-chrome" noautohide></media-loading-indicator>
<media-play-button slot="centered-chrome" class="big" notooltip></media-play-button>
<media-settings-menu id="settings" anchor="auto" hidden>
<media-settings-menu-item>Speed<media-playback-rate-menu slot="submenu" rates="${SPEEDS}" hidden><div slot="title">Speed</div></media-playback-rate-menu></media-settings-menu-item>
<media-settings-menu-item class="quality">Quality<media-rendition-menu slot="submenu" hidden><div slot="title">Quality</div></media-rendition-menu></media-settings-menu-item>
<media-settings-menu-item class="captions">Captions<media-captions-menu slot="submenu" hidden><div slot="title">Captions</div></media-captions-menu></media-settings-menu-item>
</media-settings-menu>
<div class="shade" aria-hidden="true"></div>
<media-control-bar class="scrub"><media-time-range></media-time-range></media-control-bar>
<media-control-bar class="bar">
<media-play-button></media-play-button>
<media-mute-button></media-mute-button>
<media-volume-range class="wide"></media-volume-range>
<media-time-display showduration></media-time-display>
<span class="space"></span>
<media-captions-button></media-captions-button>
<media-settings-menu-button>${GEAR}</media-settings-menu-button>
<media-pip-button class="wide"></media-pip-button>
<media-fullscreen-button></media-fullscreen-button>
</media-control-bar>`
