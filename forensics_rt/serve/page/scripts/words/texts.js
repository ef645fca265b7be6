/** Every text of the page. A translation is this file and verdicts.js in another language. */
import { count, percent, size } from "./numbers.js";

export const TEXT = {
  name: "forensics_rt",

  // The start
  startTitle: "Was this document edited?",
  startLead:
    "Show it a scan, a photograph or a PDF. It marks the places that look retyped, erased, pasted, copied or blurred.",
  dropHere: "Drop files here",
  orPaste: "or paste a picture with Ctrl+V",
  kinds: "Images and PDF files, as many as you like",
  choose: "Choose files",
  photograph: "Take a photograph",
  letGo: "Let go to check these files",
  best: "For the best result",
  bestTips: [
    "Use the original file. Every copy, screenshot or messenger loses traces.",
    "Scans and photographs of documents work. Photographs of anything else do not.",
  ],
  meaning: "What the answer is worth",
  meaningTips: [
    "It says where to look first. It proves nothing by itself.",
    "It misses edits, and sometimes marks a stamp or a hole in the paper.",
  ],
  privacy: "Where your files go",
  privacyTips: [
    (/** @type {string} */ host) => `To the service at ${host}, and nowhere else.`,
    "The service removes them when you close this page, and some minutes after the check at the latest.",
  ],

  // Files
  files: "Files",
  addFiles: "Add files",
  pages: (/** @type {string} */ name) => `Pages of ${name}`,
  pageWord: "Page",
  pageOf: (/** @type {number} */ page, /** @type {number} */ of) => `Page ${page} of ${of}`,
  previousPage: "Previous page",
  nextPage: "Next page",
  remove: (/** @type {string} */ name) => `Remove ${name}`,
  removed: (/** @type {string} */ name) => `${name} was removed.`,
  filesAdded: (/** @type {number} */ files) => `${count(files, "file")} added.`,
  pasted: "Pasted",

  // Progress
  queued: "Waits for its turn",
  sending: (/** @type {number} */ share) => `Sending, ${percent(share, 0)}`,
  waiting: "Waits for the service",
  examining: "Looking for edits",
  examiningPages: (/** @type {number} */ done, /** @type {number} */ of) =>
    `${done} of ${of} pages checked`,
  progressOf: (/** @type {string} */ name) => `Progress of ${name}`,
  cancel: "Cancel",
  cancelOf: (/** @type {string} */ name) => `Cancel the check of ${name}`,
  canceled: (/** @type {string} */ name) => `The check of ${name} was canceled.`,
  canceledTitle: "Canceled",
  canceledDetail: "You stopped the check before it was done. Nothing was kept.",
  checkAgain: "Check again",
  loading: "Loading",

  // Errors
  failedTitle: "This file could not be checked",
  failedPageTitle: "This page could not be checked",
  goneTitle: "The result is no longer there",
  goneDetail: "The service keeps results for a limited time. Check the file again.",
  lockedTitle: "This PDF is locked",
  lockedDetail: "Enter the password with which it opens.",
  password: "Password of the PDF",
  unlock: "Open and check",
  damagedTitle: "This file is damaged",
  damagedDetail:
    "The missing part cannot be checked. You can check what is left, and the result will say so.",
  examineDamaged: "Check what can be read",
  details: "What the service says",
  notReached:
    "The service does not answer. Check that it is running and that you are connected, then try again.",
  tooLarge: (/** @type {number} */ found, /** @type {number} */ most) =>
    `The file has ${size(found)}, and the service takes ${size(most)} at most. Send a part of it.`,
  unexpected: (/** @type {number} */ status) =>
    `The service answered with status ${status} and no explanation. Try again, or ask who runs it.`,
  tokenTitle: "Token needed",
  tokenDetail:
    "This service asks for a token. Whoever runs it can give you one. It is forgotten when you close this page.",
  token: "Token",
  useToken: "Continue",
  pictureFailed: "This picture could not be loaded.",

  // The picture
  picture: "Picture",
  result: "Result",
  skip: "Skip to the result",
  show: "Show",
  compare: "Compare",
  heat: "Heat map",
  original: "Original",
  opacity: "Strength",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  whole: "Show all of it",
  area: "Picture. Plus and minus zoom, the arrow keys move, 0 shows all of it.",
  divider: "Comparison",
  dividerAt: (/** @type {number} */ at) =>
    `Original on the left ${percent(at, 0)}, marked picture on the rest`,
  left: "Original",
  right: "Marked",
  altOriginal: "The picture as it was checked",
  altMarked: (/** @type {number} */ regions) =>
    `The same picture with ${count(regions, "marked region")}`,
  altHeat: "Layer of color: the redder, the more probable an edit",
  weak: "weak sign",
  strong: "strong sign",

  // Regions
  regions: "Marked regions",
  noRegions: "No region is marked.",
  region: (/** @type {number} */ number) => `Region ${number}`,
  regionSize: (/** @type {number[]} */ box) => `${box[2]} × ${box[3]} px`,
  regionSign: (/** @type {number} */ mean) => `${percent(mean, 0)} on average`,
  zoomed: (/** @type {string} */ what) => `Zoomed to ${what}.`,
  allShown: "All of the picture is shown.",
  more: (/** @type {number} */ left) => `Show ${left} more`,
  places: [
    ["upper left", "top", "upper right"],
    ["left", "middle", "right"],
    ["lower left", "bottom", "lower right"],
  ],

  // What the file says
  noteDamaged: "Parts of this file are damaged",
  noteDamagedDetail: "Only what could be decoded was checked.",
  noteConverted: "How the pixels were read",
  noteOverlays: (/** @type {number} */ n) => `${count(n, "addition")} over the scan`,
  noteOverlaysDetail: "Painted after the scan, and visible. Look whether it belongs there.",
  noteHidden: (/** @type {number} */ n) => `${count(n, "hidden part")}`,
  noteHiddenDetail: "The PDF holds it, but the page does not show it.",
  noteDifferences: (/** @type {number} */ n) => `${count(n, "difference")} from the stored scan`,
  noteDifferencesDetail: "Here the page does not show the scan as it is stored.",

  // Downloads
  save: "Save",
  saveMarked: "Marked picture",
  saveMask: "Mask",
  saveJson: "Figures (JSON)",
  saveAllJson: "Figures of all pages (JSON)",
  savePdf: "Annotated PDF",
  saveReportPdf: "Report (PDF)",
  saveReportHtml: "Report (web page)",
  saveAfter: "Files of the whole document can be saved once all pages are checked.",
  keptUntil: (/** @type {string} */ time) => `The service keeps this result until ${time}.`,

  // Facts
  about: "About this picture",
  how: "How it was checked",
  media: {
    scan: "Scan",
    photograph: "Photograph",
    screen: "Screenshot",
    "born digital": "Made by a program",
    fax: "Fax, or black and white",
  },
  sources: {
    stored: "One scan, as stored in the PDF",
    composed: "Scans as stored in the PDF, and drawn parts",
    drawn: "Drawn from the PDF",
  },
  fact: {
    medium: "Kind of picture",
    evidence: "Known from",
    source: "Pixels",
    size: "Size",
    format: "Format",
    density: "Density",
    turned: "Turned",
    share: "Marked share",
    score: "Raw score",
    threshold: "Threshold",
    high: "High threshold",
    area: "Pixels that must reach it",
    point: "Operating point",
    bundle: "Bundle",
    engine: "Computed by",
    tiles: "Tiles",
    time: "Time",
    version: "Version",
    sha: "SHA-256",
  },
  unknown: "not known",
  pixels: (/** @type {number} */ w, /** @type {number} */ h) => `${w} × ${h} pixels`,
  dpi: (/** @type {number[]} */ density) =>
    `${[...new Set(density.map(Math.round))].join(" × ")} per inch`,
  turnedBy: "shown as EXIF says",
  seconds: (/** @type {number} */ seconds) => `${seconds.toFixed(1)} s`,
};
