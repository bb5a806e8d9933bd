{{/*
Service level objectives: what share of requests may fail or be slow in 30 days, and how fast that budget is being used up.
Several windows at once, as chapter 5 of The Site Reliability Workbook has it: the long one says that it matters, the short
one that it still goes on.
*/}}

{{/* The matchers of the release's own series: include "slipway.series" . */}}
{{- define "slipway.series" -}}
namespace={{ include "slipway.namespace" . | quote }},job={{ include "slipway.fullname" . | quote }}
{{- end -}}

{{/* The share of requests that an objective in percent leaves, as 0.001: include "slipway.budget" 99.9 */}}
{{- define "slipway.budget" -}}
{{- divf (subf 100 .) 100 -}}
{{- end -}}

{{/* The bound of the bucket that is still fast enough, as the service writes it: include "slipway.fastBucket" . */}}
{{- define "slipway.fastBucket" -}}
{{- $seconds := float64 .Values.metrics.rules.slo.latencySeconds -}}
{{- ternary (printf "%.1f" $seconds) (toString $seconds) (eq (floor $seconds) $seconds) -}}
{{- end -}}

{{/* The recording rules, two for each window, as a YAML list: include "slipway.recordings" . | fromYamlArray */}}
{{- define "slipway.recordings" -}}
{{- $series := include "slipway.series" . -}}
{{- $windows := list -}}
{{- range .Values.metrics.rules.slo.windows }}{{ $windows = append (append $windows .long) .short }}{{ end -}}
{{- range $windows | uniq }}
- record: slipway:http_requests:error_ratio_rate{{ . }}
  expr: |-
    (
      sum by (namespace, job) (rate(http_requests_total{ {{- $series }},status=~"5.."}[{{ . }}]))
      or 0 * sum by (namespace, job) (rate(http_requests_total{ {{- $series }}}[{{ . }}]))
    )
    / sum by (namespace, job) (rate(http_requests_total{ {{- $series }}}[{{ . }}]))
- record: slipway:http_requests:slow_ratio_rate{{ . }}
  expr: |-
    1
    - sum by (namespace, job) (rate(http_request_duration_highr_seconds_bucket{ {{- $series }},le="{{ include "slipway.fastBucket" $ }}"}[{{ . }}]))
    / sum by (namespace, job) (rate(http_request_duration_highr_seconds_count{ {{- $series }}}[{{ . }}]))
{{- end }}
{{- end -}}

{{/*
One alert for each window of each objective, as a YAML list: include "slipway.burnAlerts" . | fromYamlArray
An objective without a budget to burn at the window's pace is refused elsewhere.
*/}}
{{- define "slipway.burnAlerts" -}}
{{- $slo := .Values.metrics.rules.slo -}}
{{- range $slo.windows }}
{{- include "slipway.burnAlert" (dict "context" $ "window" . "alert" "SlipwayErrorBudgetBurn" "ratio" "error" "what" "fail" "objective" $slo.availability) }}
{{- include "slipway.burnAlert" (dict "context" $ "window" . "alert" "SlipwayLatencyBudgetBurn" "ratio" "slow" "what" (printf "take longer than %s s" (include "slipway.fastBucket" $)) "objective" $slo.latency) }}
{{- end }}
{{- end -}}

{{/*
One alert of one window, as an entry of a YAML list:
include "slipway.burnAlert" (dict "context" $ "window" w "alert" "a name" "ratio" "error" "what" "fail" "objective" 99.9)
*/}}
{{- define "slipway.burnAlert" -}}
{{- $series := include "slipway.series" .context -}}
{{- $limit := printf "%v * %s" .window.factor (include "slipway.budget" .objective) }}
- alert: {{ .alert }}
  expr: |-
    slipway:http_requests:{{ .ratio }}_ratio_rate{{ .window.long }}{ {{- $series }}} > {{ $limit }}
    and slipway:http_requests:{{ .ratio }}_ratio_rate{{ .window.short }}{ {{- $series }}} > {{ $limit }}
  for: {{ .window.for }}
  labels:
    severity: {{ .window.severity }}
    long_window: {{ .window.long }}
    short_window: {{ .window.short }}
  annotations:
    summary: Too many requests {{ .what }}.
    description: >-
      {{`{{ $value | humanizePercentage }}`}} of the requests of {{`{{ $labels.namespace }}/{{ $labels.job }}`}} {{ .what }}, in the last
      {{ .window.long }} and still; at this pace the budget of 30 days, {{ include "slipway.budget" .objective }} of all requests,
      is used up at least {{ .window.factor }} times too fast.
{{- end -}}
