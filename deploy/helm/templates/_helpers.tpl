{{- /* The names are not the release's: pools and nodes are cluster-wide, so there is one operator in a cluster. Helm refuses a second. */ -}}

{{- define "virtual-nodes-operator.labels" -}}
{{ include "virtual-nodes-operator.selector" . }}
app.kubernetes.io/part-of: virtual-nodes
app.kubernetes.io/component: operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{- end }}

{{- define "virtual-nodes-operator.selector" -}}
app.kubernetes.io/name: virtual-nodes-operator
{{- end }}

{{- define "virtual-nodes-operator.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- /* Older impersonation: as a user, and as a member of a group. Never without names: that would be a right to act as anyone. */ -}}
{{- define "virtual-nodes-operator.named-nodes" -}}
- apiGroups: [""]
  resources: [users]
  resourceNames:
  {{- range .Values.impersonation.nodes }}
  - {{ printf "system:node:%s" . | quote }}
  {{- end }}
  verbs: [impersonate]
- apiGroups: [""]
  resources: [groups]
  resourceNames: ["system:nodes"]
  verbs: [impersonate]
{{- end }}

{{- /* Values that a schema cannot judge: each is refused by its path. */ -}}
{{- define "virtual-nodes-operator.checked" -}}
{{- $own := dict "VIRTUALNODES_NODE_ADDRESS" "nodeAddress" "JAVA_TOOL_OPTIONS" "jvmOptions" "VIRTUALNODES_IMPERSONATION" "impersonation.mode" -}}
{{- range .Values.env -}}
{{- if hasKey $own .name -}}
{{- fail (printf "env: %s is what %s sets" .name (get $own .name)) -}}
{{- end -}}
{{- if eq .name "MALLOC_ARENA_MAX" -}}
{{- fail "env: MALLOC_ARENA_MAX belongs to the chart: it keeps the memory of the process within the limit" -}}
{{- end -}}
{{- if and (eq .name "VIRTUALNODES_KUBELET_CERTIFICATE") $.Values.certificates.clusterSigned -}}
{{- fail "env: VIRTUALNODES_KUBELET_CERTIFICATE is what certificates.clusterSigned sets" -}}
{{- end -}}
{{- if and (eq .name "VIRTUALNODES_KUBELET_APPROVE_CERTIFICATES") $.Values.certificates.approve -}}
{{- fail "env: VIRTUALNODES_KUBELET_APPROVE_CERTIFICATES is what certificates.approve sets" -}}
{{- end -}}
{{- end -}}
{{- if and (eq .Values.impersonation.mode "Constrained") (semverCompare "<1.35-0" .Capabilities.KubeVersion.Version) -}}
{{- fail (printf "impersonation.mode: Constrained takes Kubernetes 1.36, or 1.35 with a feature gate, and this is %s: set Named, and impersonation.nodes" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- end }}
