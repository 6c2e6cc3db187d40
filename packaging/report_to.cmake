# report_to(RESULT ADDRESS): sets RESULT to where users report bugs.
function(report_to result address)
  if(address STREQUAL "")
    set(address "whoever gave you this package")
  endif()
  set(${result} "${address}" PARENT_SCOPE)
endfunction()

# fill_in_report_to(SOURCE TARGET ADDRESS): copies SOURCE with @REPORT_TO@ replaced. configure_file() would also replace
# the catalog's other placeholders, which journalctl fills in from the fields of a record.
function(fill_in_report_to source target address)
  file(READ ${source} text)
  report_to(where "${address}")
  string(REPLACE "@REPORT_TO@" "${where}" text "${text}")
  file(WRITE ${target} "${text}")
endfunction()
