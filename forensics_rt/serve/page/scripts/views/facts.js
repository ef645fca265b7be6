/** What is known of the picture, and of how it was checked. */
import { html, nothing } from "../../third_party/lit-html/lit-html.js";
import { TEXT } from "../words/texts.js";

/** @param {any} result */
export function facts(result) {
  const { provenance: made, medium, page_report: report } = result;
  const { fact } = TEXT;
  /** @type {[string, unknown][]} */
  const about = [
    [fact.medium, medium ? TEXT.media[/** @type {"scan"} */ (medium.name)] : TEXT.unknown],
    [fact.evidence, medium?.evidence],
    [fact.source, report && TEXT.sources[/** @type {"stored"} */ (report.source)]],
    [fact.size, TEXT.pixels(result.width, result.height)],
    [fact.format, `${made.image_format}, ${made.image_mode}`],
    [fact.density, made.density && TEXT.dpi(made.density)],
    [fact.turned, result.exif_orientation > 1 ? TEXT.turnedBy : null],
    [fact.sha, html`<code>${made.image_sha256}</code>`],
  ];
  const seconds = Object.values(result.seconds).reduce((sum, one) => sum + one, 0);
  /** @type {[string, unknown][]} */
  const how = [
    [fact.share, `${(result.forged_share * 100).toFixed(2)} %`],
    [fact.score, result.raw_score.toFixed(3)],
    [fact.threshold, result.threshold],
    [fact.high, result.high_threshold],
    [fact.area, result.high_area > 1 ? result.high_area : null],
    [fact.point, made.operating_point],
    [fact.bundle, `${made.bundle_name} (${made.bundle_id})`],
    [fact.engine, `${made.backend} on ${made.device}, ${made.precision}`],
    [fact.tiles, made.tiles],
    [fact.time, TEXT.seconds(seconds)],
    [fact.version, `forensics_rt ${made.versions.forensics_rt}`],
  ];
  return html`<div class="facts">${group(TEXT.about, about, true)}${group(TEXT.how, how, false)}</div>`;
}

/** @param {string} title @param {[string, unknown][]} rows @param {boolean} open */
function group(title, rows, open) {
  return html`<details ?open=${open}>
    <summary>${title}</summary>
    <dl>
      ${rows.map(([name, value]) =>
        value === null || value === undefined ? nothing : html`<dt>${name}</dt><dd>${value}</dd>`,
      )}
    </dl>
  </details>`;
}
