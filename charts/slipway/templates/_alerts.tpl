{{/* What is about to go wrong, or has, beside the objectives. */}}

{{/*
The alerts of the release, as a YAML list: include "slipway.alerts" . | fromYamlArray
An alert about what this release does not have is not there.
*/}}
{{- define "slipway.alerts" -}}
{{- $series := include "slipway.series" . -}}
{{- $limits := .Values.metrics.rules.thresholds -}}
{{- $release := "{{ $labels.namespace }}/{{ $labels.job }}" -}}
{{- $pod := "{{ $labels.pod }}" -}}
- alert: SlipwayDown
  expr: sum by (namespace, job) (up{ {{- $series }}}) == 0 or absent(up{ {{- $series }}})
  for: 5m
  labels:
    severity: critical
  annotations:
    summary: No pod can be read.
    description: >-
      Prometheus has read no pod of {{ $release }} for five minutes.
- alert: SlipwayNotReady
  expr: max by (namespace, job, check) (slipway_dependency_fit{ {{- $series }}}) == 0
  for: 1m
  labels:
    severity: critical
  annotations:
    summary: No pod is ready, because a dependency cannot be used.
    description: >-
      In every pod of {{ $release }} the check of {{`{{ $labels.check }}`}} fails, so none is sent requests.
- alert: SlipwayEventLoopLag
  expr: avg_over_time(slipway_event_loop_lag_seconds{ {{- $series }}}[5m]) > {{ $limits.loopLagSeconds }}
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: A process answers late, because its event loop is held up.
    description: >-
      The event loop of {{ $pod }} wakes {{`{{ $value | humanizeDuration }}`}} late.
- alert: SlipwayDatabasePoolExhausted
  expr: avg_over_time(slipway_database_slots_waiting{ {{- $series }}}[5m]) > {{ $limits.slotsWaiting }}
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: Requests wait for a connection to the database.
    description: >-
      In {{ $pod }}, {{`{{ $value | humanize }}`}} requests on average wait for one of its connections to the database.
- alert: SlipwayEventsLost
  expr: sum by (namespace, job) (increase(slipway_room_events_lost_total{ {{- $series }}}[15m])) > 0
  for: 0m
  labels:
    severity: warning
  annotations:
    summary: Clients were not told of a change.
    description: >-
      Rooms of {{ $release }} missed {{`{{ $value | humanize }}`}} events in 15 minutes.
{{- /* Several workers share their metrics, and then none tells of its own process. */}}
{{- if eq (int .Values.config.workers) 1 }}
- alert: SlipwayRestarting
  expr: changes(process_start_time_seconds{ {{- $series }}}[30m]) > {{ $limits.restarts }}
  for: 0m
  labels:
    severity: critical
  annotations:
    summary: A pod starts again and again.
    description: >-
      {{ $pod }} has started anew {{`{{ $value | humanize }}`}} times in 30 minutes.
{{- end }}
{{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.maxReplicas) (int .Values.autoscaling.minReplicas)) }}
- alert: SlipwayAtMaxReplicas
  expr: count by (namespace, job) (slipway_build_info{ {{- $series }}}) >= {{ include "slipway.maxReplicas" . }}
  for: 15m
  labels:
    severity: warning
  annotations:
    summary: The autoscaler has no replica left to add.
    description: >-
      {{ $release }} has run all of its {{`{{ $value | humanize }}`}} replicas for 15 minutes.
{{- end }}
{{- if .Values.redis.url }}
- alert: SlipwayRedisAway
  expr: |-
    max by (namespace, job) (slipway_hub_degraded{ {{- $series }}}) == 1
    or sum by (namespace, job) (rate(slipway_redis_errors_total{ {{- $series }}}[3m])) > 0
  for: 5m
  labels:
    severity: critical
  annotations:
    summary: Redis does not answer.
    description: >-
      Pods of {{ $release }} have asked Redis in vain for five minutes.
{{- end }}
{{- /* The only one that the service cannot tell of itself: it needs kube-state-metrics. */}}
{{- if include "slipway.migratesByJob" . }}
- alert: SlipwayMigrationFailed
  expr: >-
    max by (namespace, job_name)
    (kube_job_failed{namespace={{ include "slipway.namespace" . | quote }},job_name=~"{{ include "slipway.migrationName" . }}(-[0-9a-f]+)?",condition="true"}) > 0
  for: 0m
  labels:
    severity: critical
  annotations:
    summary: The database was not migrated.
    description: >-
      The Job {{`{{ $labels.job_name }} in {{ $labels.namespace }}`}} has failed; pods of the new release do not become ready.
{{- end }}
{{- end -}}
